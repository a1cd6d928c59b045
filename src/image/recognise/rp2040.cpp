#include "image/recognise/rp2040.hpp"

#include "image/recognise/checksums.hpp"
#include "image/recognise/little_endian.hpp"

namespace otatool::image {

bool looks_like_rp2040(Bytes file) {
  constexpr std::uint64_t kBootCodeSize = 252;
  const auto code = slice(file, 0, kBootCodeSize);
  if (!code) {
    return false;
  }
  FlashCrc crc;
  crc.add(*code);
  return u32_at(file, kBootCodeSize) == crc.value();
}

}  // namespace otatool::image
