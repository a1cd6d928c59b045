// The loader in the first 8 KiB of flash: executes the boot command, loads the application behind
// it and tells start.S where to jump. The mask ROM is all that it calls.
#include <stddef.h>

#include "otatool/wire/flash_layout.hpp"

#include "firmware/boot/rom_flash.hpp"
#include "firmware/boot/starting.hpp"
#include "firmware/core/boot.hpp"

// The toolchain has no <new>.
inline void* operator new(size_t, void* place) noexcept {
  return place;
}

namespace otatool::firmware {
namespace {

// Memory that needs no value before it is used: nobody clears it.
alignas(4) uint8_t sector[kSectorSize];
alignas(4) uint8_t window[Inflater::kWindowBytes];
alignas(Inflater) uint8_t inflater_memory[sizeof(Inflater)];

/// False when the flash fails: what is in place then may be half an application. A flash of a size
/// that has no map has no commands either.
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

/// The application's entry, or 0 when there is none to start.
extern "C" uint32_t boot_main() {
  using namespace otatool::firmware;
  return execute_command() ? start_application(otatool::wire::kLoaderSlotSize) : 0;
}
