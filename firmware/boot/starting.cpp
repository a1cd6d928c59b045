// The application's segments may overwrite all of data memory, so this file has no constants and no
// variables there.
#include "firmware/boot/starting.hpp"

#include "firmware/boot/application_loader.hpp"
#include "firmware/boot/rom.hpp"

namespace otatool::firmware {
namespace {

struct Chip {
  bool read_flash(uint32_t address, uint32_t* destination, uint32_t size_bytes) {
    return SPIRead(address, destination, size_bytes) == 0;
  }
  uint32_t* memory(uint32_t address) { return reinterpret_cast<uint32_t*>(address); }
};

}  // namespace

uint32_t start_application(uint32_t flash_address) {
  Chip chip;
  const LoadedApplication application = load_application(chip, flash_address);
  return application.status == LoadStatus::Loaded ? application.entry : 0;
}

}  // namespace otatool::firmware
