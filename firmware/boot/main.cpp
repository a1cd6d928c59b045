// The loader in the first flash sector: loads the application from flash 0x1000 and tells start.S
// where to jump. It executes no boot command, writes no flash and checks nothing but what it must
// to load.
#include "firmware/boot/application_loader.hpp"
#include "firmware/boot/rom.hpp"

namespace otatool::firmware {
namespace {

constexpr uint32_t kApplicationFlash = 0x1000;

struct Chip {
  bool read_flash(uint32_t address, uint32_t* destination, uint32_t size_bytes) {
    return SPIRead(address, destination, size_bytes) == 0;
  }
  uint32_t* memory(uint32_t address) { return reinterpret_cast<uint32_t*>(address); }
};

}  // namespace
}  // namespace otatool::firmware

/// The application's entry, or 0 when there is none to start.
extern "C" uint32_t boot_main() {
  using namespace otatool::firmware;
  Chip chip;
  const LoadedApplication application = load_application(chip, kApplicationFlash);
  return application.status == LoadStatus::Loaded ? application.entry : 0;
}
