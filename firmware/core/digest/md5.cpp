#include "firmware/core/digest/md5.hpp"

#include <string.h>

#include "firmware/core/flash_data.hpp"

namespace otatool::firmware {
namespace {

constexpr uint32_t kSines[64] OTATOOL_IN_FLASH = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

uint32_t rotated_left(uint32_t value, uint32_t by) {
  return value << by | value >> (32 - by);
}

uint32_t little_endian_word(const uint8_t* bytes) {
  return static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8 |
         static_cast<uint32_t>(bytes[2]) << 16 | static_cast<uint32_t>(bytes[3]) << 24;
}

}  // namespace

void Md5::begin() {
  state_[0] = 0x67452301;
  state_[1] = 0xefcdab89;
  state_[2] = 0x98badcfe;
  state_[3] = 0x10325476;
  length_ = 0;
}

void Md5::update(const void* bytes, size_t length) {
  const uint8_t* at = static_cast<const uint8_t*>(bytes);
  size_t filled = static_cast<size_t>(length_ % sizeof(block_));
  length_ += length;
  while (length != 0) {
    if (filled == 0 && length >= sizeof(block_)) {
      transform(at);
      at += sizeof(block_);
      length -= sizeof(block_);
      continue;
    }
    const size_t room = sizeof(block_) - filled;
    const size_t count = length < room ? length : room;
    memcpy(block_ + filled, at, count);
    filled += count;
    at += count;
    length -= count;
    if (filled == sizeof(block_)) {
      transform(block_);
      filled = 0;
    }
  }
}

void Md5::finish(uint8_t* digest) {
  uint8_t bits[8];
  for (uint32_t i = 0; i < 8; ++i) {
    bits[i] = static_cast<uint8_t>((length_ << 3) >> (8 * i));
  }
  const uint8_t one = 0x80;
  const uint8_t zero = 0;
  update(&one, 1);
  while (length_ % sizeof(block_) != 56) {
    update(&zero, 1);
  }
  update(bits, sizeof(bits));
  for (uint32_t i = 0; i < kDigestLength; ++i) {
    digest[i] = static_cast<uint8_t>(state_[i / 4] >> (8 * (i % 4)));
  }
}

void Md5::transform(const uint8_t* block) {
  constexpr uint8_t kShifts[4][4] = {
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  uint32_t a = state_[0];
  uint32_t b = state_[1];
  uint32_t c = state_[2];
  uint32_t d = state_[3];
  for (size_t i = 0; i < 64; ++i) {
    uint32_t mixed = 0;
    size_t word = 0;
    switch (i / 16) {
      case 0:
        mixed = (b & c) | (~b & d);
        word = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        word = (5 * i + 1) % 16;
        break;
      case 2:
        mixed = b ^ c ^ d;
        word = (3 * i + 5) % 16;
        break;
      default:
        mixed = c ^ (b | ~d);
        word = (7 * i) % 16;
        break;
    }
    const uint32_t sum = a + mixed + kSines[i] + little_endian_word(block + 4 * word);
    a = d;
    d = c;
    c = b;
    b += rotated_left(sum, kShifts[i / 16][i % 4]);
  }
  state_[0] += a;
  state_[1] += b;
  state_[2] += c;
  state_[3] += d;
}

}  // namespace otatool::firmware
