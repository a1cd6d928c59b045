#include "firmware/qemu/rom_mock/parallel_flash.hpp"

namespace otatool::firmware::qemu {
namespace {

enum : uint16_t { kBufferedProgram = 0xE8, kConfirm = 0xD0, kReadArray = 0xFF };

void command(uint32_t offset, uint16_t value) {
  *reinterpret_cast<volatile uint16_t*>(kFlashBase + offset) = value;
}

}  // namespace

void program(uint32_t offset, const uint32_t* words, uint32_t count) {
  command(offset, kBufferedProgram);
  command(offset, static_cast<uint16_t>(count - 1));
  for (uint32_t i = 0; i < count; ++i) {
    *reinterpret_cast<volatile uint32_t*>(kFlashBase + offset + 4 * i) = words[i];
  }
  command(offset, kConfirm);
  command(offset, kReadArray);
}

}  // namespace otatool::firmware::qemu
