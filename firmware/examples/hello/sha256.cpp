#include "firmware/examples/hello/digest.hpp"

namespace otatool::hello {
namespace {

// FIPS 180-4, 4.2.2: cube roots of the first 64 primes. Read by words only, so that they may lie in
// flash.
__attribute__((section(".irom.rodata.sha256"))) const uint32_t kRound[64] = {
    0x428A2F98U, 0x71374491U, 0xB5C0FBCFU, 0xE9B5DBA5U, 0x3956C25BU, 0x59F111F1U, 0x923F82A4U,
    0xAB1C5ED5U, 0xD807AA98U, 0x12835B01U, 0x243185BEU, 0x550C7DC3U, 0x72BE5D74U, 0x80DEB1FEU,
    0x9BDC06A7U, 0xC19BF174U, 0xE49B69C1U, 0xEFBE4786U, 0x0FC19DC6U, 0x240CA1CCU, 0x2DE92C6FU,
    0x4A7484AAU, 0x5CB0A9DCU, 0x76F988DAU, 0x983E5152U, 0xA831C66DU, 0xB00327C8U, 0xBF597FC7U,
    0xC6E00BF3U, 0xD5A79147U, 0x06CA6351U, 0x14292967U, 0x27B70A85U, 0x2E1B2138U, 0x4D2C6DFCU,
    0x53380D13U, 0x650A7354U, 0x766A0ABBU, 0x81C2C92EU, 0x92722C85U, 0xA2BFE8A1U, 0xA81A664BU,
    0xC24B8B70U, 0xC76C51A3U, 0xD192E819U, 0xD6990624U, 0xF40E3585U, 0x106AA070U, 0x19A4C116U,
    0x1E376C08U, 0x2748774CU, 0x34B0BCB5U, 0x391C0CB3U, 0x4ED8AA4AU, 0x5B9CCA4FU, 0x682E6FF3U,
    0x748F82EEU, 0x78A5636FU, 0x84C87814U, 0x8CC70208U, 0x90BEFFFAU, 0xA4506CEBU, 0xBEF9A3F7U,
    0xC67178F2U,
};

uint32_t rotate_right(uint32_t value, unsigned bits) {
  return (value >> bits) | (value << (32U - bits));
}

void expand(const uint8_t* block, uint32_t (&words)[64]) {
  for (unsigned i = 0; i < 16; ++i) {
    const uint8_t* p = block + size_t{4} * i;
    words[i] = static_cast<uint32_t>(p[0]) << 24U | static_cast<uint32_t>(p[1]) << 16U |
               static_cast<uint32_t>(p[2]) << 8U | p[3];
  }
  for (unsigned i = 16; i < 64; ++i) {
    const uint32_t early = words[i - 15];
    const uint32_t late = words[i - 2];
    words[i] = words[i - 16] + words[i - 7] +
               (rotate_right(early, 7) ^ rotate_right(early, 18) ^ (early >> 3U)) +
               (rotate_right(late, 17) ^ rotate_right(late, 19) ^ (late >> 10U));
  }
}

struct Lanes {
  uint32_t a, b, c, d, e, f, g, h;
};

inline __attribute__((always_inline)) void round(Lanes& s, uint32_t input) {
  const uint32_t first = s.h +
                         (rotate_right(s.e, 6) ^ rotate_right(s.e, 11) ^ rotate_right(s.e, 25)) +
                         ((s.e & s.f) ^ (~s.e & s.g)) + input;
  const uint32_t second = (rotate_right(s.a, 2) ^ rotate_right(s.a, 13) ^ rotate_right(s.a, 22)) +
                          ((s.a & s.b) ^ (s.a & s.c) ^ (s.b & s.c));
  s = {first + second, s.a, s.b, s.c, s.d + first, s.e, s.f, s.g};
}

void compress(Lanes& state, const uint8_t* block) {
  uint32_t words[64];
  expand(block, words);
  Lanes s = state;
  for (unsigned i = 0; i < 64; i += 8) {
    round(s, kRound[i] + words[i]);
    round(s, kRound[i + 1] + words[i + 1]);
    round(s, kRound[i + 2] + words[i + 2]);
    round(s, kRound[i + 3] + words[i + 3]);
    round(s, kRound[i + 4] + words[i + 4]);
    round(s, kRound[i + 5] + words[i + 5]);
    round(s, kRound[i + 6] + words[i + 6]);
    round(s, kRound[i + 7] + words[i + 7]);
  }
  state = {state.a + s.a,
           state.b + s.b,
           state.c + s.c,
           state.d + s.d,
           state.e + s.e,
           state.f + s.f,
           state.g + s.g,
           state.h + s.h};
}

}  // namespace

Sha256 sha256(const uint8_t* data, size_t size) {
  Lanes state = {0x6A09E667,
                 0xBB67AE85,
                 0x3C6EF372,
                 0xA54FF53A,
                 0x510E527F,
                 0x9B05688C,
                 0x1F83D9AB,
                 0x5BE0CD19};
  for_each_padded_block(
      data, size, 64, true, [&state](const uint8_t* block) { compress(state, block); });
  const uint32_t lanes[8] = {
      state.a, state.b, state.c, state.d, state.e, state.f, state.g, state.h};
  Sha256 digest{};
  for (unsigned i = 0; i < Sha256::kBytes; ++i) {
    digest.bytes[i] = static_cast<uint8_t>(lanes[i / 4] >> (24U - 8U * (i % 4)));
  }
  return digest;
}

}  // namespace otatool::hello
