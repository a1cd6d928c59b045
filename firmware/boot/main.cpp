// The loader in the first 8 KiB of flash: executes the boot command, loads the application at
// 0x2000 and returns its entry address to start.S. Calls only the mask ROM.
#include <stddef.h>

#include "otatool/wire/flash_layout.hpp"

#include "firmware/boot/rom_flash.hpp"
#include "firmware/boot/starting.hpp"
#include "firmware/core/boot/boot.hpp"

// The toolchain lacks <new>.
inline void* operator new(size_t, void* place) noexcept {
  return place;
}

namespace otatool::firmware {
namespace {

// Not initialised: the loader does not clear .bss.
alignas(4) uint8_t sector[kSectorSize];
alignas(4) uint8_t window[Inflater::kWindowBytes];
alignas(Inflater) uint8_t inflater_memory[sizeof(Inflater)];

/// False if the flash fails: the application may then be incomplete. Does nothing for a flash size
/// without a map.
[[gnu::noinline]] bool execute_command() {
  uint32_t header = 0;
  FlashMap map{};
  if (SPIRead(0, &header, sizeof header) != 0) {
    return false;
  }
  if (!own_flash_map(chip_size(header), map)) {
    return true;
  }
  SPIUnlock();
  RomFlash flash(chip_size(header));
  Inflater* const inflater = new (inflater_memory) Inflater(window);
  return run_boot_command(flash, map, sector, inflater).outcome != BootOutcome::Failed;
}

}  // namespace
}  // namespace otatool::firmware

/// Returns the application's entry address; 0 if no application can be started.
extern "C" uint32_t boot_main() {
  using namespace otatool::firmware;
  return execute_command() ? start_application(otatool::wire::kLoaderSlotSize) : 0;
}
