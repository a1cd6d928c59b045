// The emulated board's flash chip: CFI with Intel's commands, 64 KiB blocks and a write buffer.
// Unlike NOR flash, it can set bits without an erase; callers must enforce that rule.
#pragma once

#include <stdint.h>

namespace otatool::firmware::qemu {

constexpr uint32_t kFlashBase = 0xF8000000;
constexpr uint32_t kFlashSize = 0x400000;

/// Writes `count` words to `offset`, a multiple of 4. They must lie in one buffer of kBufferBytes.
void program(uint32_t offset, const uint32_t* words, uint32_t count);
constexpr uint32_t kBufferBytes = 2048;

inline uint32_t flash_word(uint32_t offset) {
  return *reinterpret_cast<volatile uint32_t*>(kFlashBase + offset);
}

}  // namespace otatool::firmware::qemu
