// The CRC-32 of gzip and zlib (polynomial 0xEDB88320, reflected), fed in pieces of any size.
// Freestanding C++17, no heap, no IO; a table of 16 words keeps it small on a chip.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::wire {

/// Continues `crc` (0 at the start) over `length` further bytes and returns the new value.
inline uint32_t crc32(uint32_t crc, const uint8_t* bytes, size_t length) {
  static constexpr uint32_t kNibbles[16] = {0x00000000,
                                            0x1DB71064,
                                            0x3B6E20C8,
                                            0x26D930AC,
                                            0x76DC4190,
                                            0x6B6B51F4,
                                            0x4DB26158,
                                            0x5005713C,
                                            0xEDB88320,
                                            0xF00F9344,
                                            0xD6D6A3E8,
                                            0xCB61B38C,
                                            0x9B64C2B0,
                                            0x86D3D2D4,
                                            0xA00AE278,
                                            0xBDBDF21C};
  crc = ~crc;
  for (size_t i = 0; i < length; ++i) {
    crc ^= bytes[i];
    crc = (crc >> 4) ^ kNibbles[crc & 0xF];
    crc = (crc >> 4) ^ kNibbles[crc & 0xF];
  }
  return ~crc;
}

}  // namespace otatool::wire
