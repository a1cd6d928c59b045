#include "firmware/examples/hello/digest.hpp"

namespace otatool::hello {
namespace {

// RFC 1321, 3.4: sines. Read by words only, so that they may lie in flash.
__attribute__((section(".irom.rodata.md5"))) const uint32_t kSine[64] = {
    0xD76AA478U, 0xE8C7B756U, 0x242070DBU, 0xC1BDCEEEU, 0xF57C0FAFU, 0x4787C62AU, 0xA8304613U,
    0xFD469501U, 0x698098D8U, 0x8B44F7AFU, 0xFFFF5BB1U, 0x895CD7BEU, 0x6B901122U, 0xFD987193U,
    0xA679438EU, 0x49B40821U, 0xF61E2562U, 0xC040B340U, 0x265E5A51U, 0xE9B6C7AAU, 0xD62F105DU,
    0x02441453U, 0xD8A1E681U, 0xE7D3FBC8U, 0x21E1CDE6U, 0xC33707D6U, 0xF4D50D87U, 0x455A14EDU,
    0xA9E3E905U, 0xFCEFA3F8U, 0x676F02D9U, 0x8D2A4C8AU, 0xFFFA3942U, 0x8771F681U, 0x6D9D6122U,
    0xFDE5380CU, 0xA4BEEA44U, 0x4BDECFA9U, 0xF6BB4B60U, 0xBEBFBC70U, 0x289B7EC6U, 0xEAA127FAU,
    0xD4EF3085U, 0x04881D05U, 0xD9D4D039U, 0xE6DB99E5U, 0x1FA27CF8U, 0xC4AC5665U, 0xF4292244U,
    0x432AFF97U, 0xAB9423A7U, 0xFC93A039U, 0x655B59C3U, 0x8F0CCC92U, 0xFFEFF47DU, 0x85845DD1U,
    0x6FA87E4FU, 0xFE2CE6E0U, 0xA3014314U, 0x4E0811A1U, 0xF7537E82U, 0xBD3AF235U, 0x2AD7D2BBU,
    0xEB86D391U,
};

// Mixing function, input word and rotation differ by the quarter of the 64 steps.
constexpr unsigned kRotation[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

struct Step {
  uint32_t mixed;
  unsigned word;
};

Step step(unsigned i, uint32_t b, uint32_t c, uint32_t d) {
  switch (i / 16) {
    case 0:
      return {(b & c) | (~b & d), i};
    case 1:
      return {(b & d) | (c & ~d), (5 * i + 1) % 16};
    case 2:
      return {b ^ c ^ d, (3 * i + 5) % 16};
    default:
      return {c ^ (b | ~d), (7 * i) % 16};
  }
}

void compress(uint32_t (&state)[4], const uint8_t* block) {
  uint32_t words[16];
  for (unsigned i = 0; i < 16; ++i) {
    const uint8_t* p = block + size_t{4} * i;
    words[i] = static_cast<uint32_t>(p[3]) << 24U | static_cast<uint32_t>(p[2]) << 16U |
               static_cast<uint32_t>(p[1]) << 8U | p[0];
  }
  uint32_t a = state[0];
  uint32_t b = state[1];
  uint32_t c = state[2];
  uint32_t d = state[3];
  for (unsigned i = 0; i < 64; ++i) {
    const Step now = step(i, b, c, d);
    const uint32_t sum = a + now.mixed + kSine[i] + words[now.word];
    const unsigned rotation = kRotation[i / 16][i % 4];
    a = d;
    d = c;
    c = b;
    b += (sum << rotation) | (sum >> (32U - rotation));
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

}  // namespace

Md5 md5(const uint8_t* data, size_t size) {
  uint32_t state[4] = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U};
  for_each_padded_block(
      data, size, 64, false, [&state](const uint8_t* block) { compress(state, block); });
  Md5 digest{};
  for (unsigned i = 0; i < Md5::kBytes; ++i) {
    digest.bytes[i] = static_cast<uint8_t>(state[i / 4] >> (8U * (i % 4)));
  }
  return digest;
}

}  // namespace otatool::hello
