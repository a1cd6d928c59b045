// The flash layouts of the ESP8266 Arduino core: where the space for applications ends and the
// filesystem begins. For the receiver, its loader and `otatool info --layout`.
// Freestanding C++17, no heap, no IO. Spec: signing-gzip-images.md 2.4.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::wire {

constexpr uint32_t kFlashSectorSize = 4096;
/// Bytes at the end of every flash: EEPROM, RF calibration and the parameters of the vendor's SDK.
constexpr uint32_t kFlashReservedSize = 5 * kFlashSectorSize;
/// Bytes at the start of the flash for the loader of firmware/boot; the Arduino core's has one
/// sector.
constexpr uint32_t kLoaderSlotSize = 2 * kFlashSectorSize;

struct FlashLayout {
  const char* name;     ///< as in the core's linker scripts: `4m2m`
  uint32_t flash_size;  ///< bytes
  uint32_t filesystem;  ///< its start; application and staging area lie below
  /// Its end, `_FS_end` of the linker script: whole blocks, so up to 4096 bytes below the EEPROM.
  uint32_t filesystem_end;
};

constexpr FlashLayout kFlashLayouts[] = {
    {"512k", 0x80000, 0x7B000, 0x7B000},       {"512k32", 0x80000, 0x73000, 0x7B000},
    {"512k64", 0x80000, 0x6B000, 0x7B000},     {"512k128", 0x80000, 0x5B000, 0x7B000},
    {"1m", 0x100000, 0xFB000, 0xFB000},        {"1m64", 0x100000, 0xEB000, 0xFB000},
    {"1m128", 0x100000, 0xDB000, 0xFB000},     {"1m144", 0x100000, 0xD7000, 0xFB000},
    {"1m160", 0x100000, 0xD3000, 0xFB000},     {"1m192", 0x100000, 0xCB000, 0xFB000},
    {"1m256", 0x100000, 0xBB000, 0xFB000},     {"1m512", 0x100000, 0x7B000, 0xFB000},
    {"2m", 0x200000, 0x1FB000, 0x1FB000},      {"2m64", 0x200000, 0x1F0000, 0x1FB000},
    {"2m128", 0x200000, 0x1E0000, 0x1FB000},   {"2m256", 0x200000, 0x1C0000, 0x1FB000},
    {"2m512", 0x200000, 0x180000, 0x1FA000},   {"2m1m", 0x200000, 0x100000, 0x1FA000},
    {"4m", 0x400000, 0x3FB000, 0x3FB000},      {"4m1m", 0x400000, 0x300000, 0x3FA000},
    {"4m2m", 0x400000, 0x200000, 0x3FA000},    {"4m3m", 0x400000, 0x100000, 0x3FA000},
    {"8m6m", 0x800000, 0x200000, 0x7FA000},    {"8m7m", 0x800000, 0x100000, 0x7FA000},
    {"16m14m", 0x1000000, 0x200000, 0xFFA000}, {"16m15m", 0x1000000, 0x100000, 0xFFA000},
};

/// The layout with this name, or null.
constexpr const FlashLayout* find_flash_layout(const char* name) {
  for (const FlashLayout& layout : kFlashLayouts) {
    const char* wanted = name;
    const char* has = layout.name;
    while (*wanted != '\0' && *wanted == *has) {
      ++wanted;
      ++has;
    }
    if (*wanted == *has) {
      return &layout;
    }
  }
  return nullptr;
}

}  // namespace otatool::wire
