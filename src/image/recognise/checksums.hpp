// The checksums of images: XOR byte, zlib's CRC-32 and the CRC of the Arduino core.
#pragma once

#include <cstdint>

#include "otatool/bytes.hpp"

namespace otatool::image {

constexpr std::uint8_t kXorSeed = 0xEF;

/// XOR of all bytes, starting with `sum`.
[[nodiscard]] std::uint8_t xor_sum(Bytes bytes, std::uint8_t sum);

/// CRC-32 of zlib: reflected 0xEDB88320, initial value and final XOR FFFFFFFF.
[[nodiscard]] std::uint32_t zlib_crc(Bytes bytes);

/// CRC of the Arduino core, in pieces: MSB first, 0x04C11DB7, no reflection, no final XOR
/// (signing-gzip-images.md 3.3).
class FlashCrc {
 public:
  void add(Bytes bytes);
  void add_zeros(unsigned count);
  [[nodiscard]] std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 0xFFFFFFFF;
};

}  // namespace otatool::image
