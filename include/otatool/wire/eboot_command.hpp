// The command of the ESP8266's stock loader, eboot: 32 words in RTC memory, which survive a restart
// but no loss of power. Freestanding C++17, no heap, no IO. Spec: signing-gzip-images.md 2.1.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::wire {

constexpr size_t kEbootCommandWords = 32;
/// Where the chip has the command.
constexpr uint32_t kEbootCommandAddress = 0x60001200;
constexpr uint32_t kEbootMagic = 0xEB001000;
/// Copies `size` bytes from `source` to `destination`, or unpacks them if they are a gzip package.
constexpr uint32_t kEbootCopyRaw = 1;
/// Words that become zero when a command is withdrawn.
constexpr size_t kEbootMagicWord = 0;
constexpr size_t kEbootCrcWord = kEbootCommandWords - 1;

/// CRC-32 with 0x04C11DB7, most significant bit first, start FFFFFFFF, of the first `count` words
/// in little-endian byte order.
inline uint32_t eboot_crc(const uint32_t* words, size_t count) {
  uint32_t crc = 0xFFFFFFFF;
  for (size_t i = 0; i < 4 * count; ++i) {
    crc ^= (words[i / 4] >> (8 * (i % 4))) << 24;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x80000000U) != 0 ? crc << 1 ^ 0x04C11DB7U : crc << 1;
    }
  }
  return crc;
}

/// Offsets count from the start of the flash. `words` holds kEbootCommandWords.
inline void format_eboot_copy(uint32_t source,
                              uint32_t destination,
                              uint32_t size_bytes,
                              uint32_t* words) {
  for (size_t i = 0; i < kEbootCommandWords; ++i) {
    words[i] = 0;
  }
  words[kEbootMagicWord] = kEbootMagic;
  words[1] = kEbootCopyRaw;
  words[2] = source;
  words[3] = destination;
  words[4] = size_bytes;
  words[kEbootCrcWord] = eboot_crc(words, kEbootCrcWord);
}

}  // namespace otatool::wire
