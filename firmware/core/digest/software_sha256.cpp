#include "firmware/core/digest/software_sha256.hpp"

#include <string.h>

#include "firmware/core/flash_data.hpp"

namespace otatool::firmware {
namespace {

constexpr uint32_t kRounds[64] OTATOOL_IN_FLASH = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t rotated_right(uint32_t value, uint32_t by) {
  return value >> by | value << (32 - by);
}

uint32_t big_endian_word(const uint8_t* bytes) {
  return static_cast<uint32_t>(bytes[0]) << 24 | static_cast<uint32_t>(bytes[1]) << 16 |
         static_cast<uint32_t>(bytes[2]) << 8 | static_cast<uint32_t>(bytes[3]);
}

}  // namespace

void SoftwareSha256::begin() {
  start();
}

void SoftwareSha256::start() {
  constexpr uint32_t kInitial[8] = {0x6a09e667,
                                    0xbb67ae85,
                                    0x3c6ef372,
                                    0xa54ff53a,
                                    0x510e527f,
                                    0x9b05688c,
                                    0x1f83d9ab,
                                    0x5be0cd19};
  memcpy(state_, kInitial, sizeof(state_));
  length_ = 0;
}

void SoftwareSha256::update(const void* bytes, size_t length) {
  const uint8_t* at = static_cast<const uint8_t*>(bytes);
  size_t filled = static_cast<size_t>(length_ % kBlockLength);
  length_ += length;
  while (length != 0) {
    const size_t room = kBlockLength - filled;
    const size_t count = length < room ? length : room;
    memcpy(block_ + filled, at, count);
    filled += count;
    at += count;
    length -= count;
    if (filled == kBlockLength) {
      transform(block_);
      filled = 0;
    }
  }
}

void SoftwareSha256::finish(uint8_t* digest) {
  uint8_t bits[8];
  for (uint32_t i = 0; i < 8; ++i) {
    bits[i] = static_cast<uint8_t>((length_ << 3) >> (56 - 8 * i));
  }
  constexpr uint8_t kPadding[kBlockLength] = {0x80};
  const size_t filled = static_cast<size_t>(length_ % kBlockLength);
  update(kPadding, filled < 56 ? 56 - filled : 120 - filled);
  update(bits, sizeof(bits));
  save(digest);
}

void SoftwareSha256::save(uint8_t* state) const {
  for (uint32_t i = 0; i < kDigestLength; ++i) {
    state[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  }
}

void SoftwareSha256::resume(const uint8_t* state) {
  for (size_t i = 0; i < 8; ++i) {
    state_[i] = big_endian_word(state + 4 * i);
  }
  length_ = kBlockLength;
}

void SoftwareSha256::transform(const uint8_t* block) {
  uint32_t schedule[16];
  for (size_t i = 0; i < 16; ++i) {
    schedule[i] = big_endian_word(block + 4 * i);
  }
  uint32_t v[8];
  memcpy(v, state_, sizeof(v));
  for (uint32_t i = 0; i < 64; ++i) {
    if (i >= 16) {
      const uint32_t older = schedule[(i + 1) % 16];
      const uint32_t newer = schedule[(i + 14) % 16];
      schedule[i % 16] += (rotated_right(older, 7) ^ rotated_right(older, 18) ^ older >> 3) +
                          schedule[(i + 9) % 16] +
                          (rotated_right(newer, 17) ^ rotated_right(newer, 19) ^ newer >> 10);
    }
    const uint32_t first =
        v[7] + (rotated_right(v[4], 6) ^ rotated_right(v[4], 11) ^ rotated_right(v[4], 25)) +
        ((v[4] & v[5]) ^ (~v[4] & v[6])) + kRounds[i] + schedule[i % 16];
    const uint32_t second =
        (rotated_right(v[0], 2) ^ rotated_right(v[0], 13) ^ rotated_right(v[0], 22)) +
        ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof(v[0]));
    v[4] += first;
    v[0] = first + second;
  }
  for (uint32_t i = 0; i < 8; ++i) {
    state_[i] += v[i];
  }
}

}  // namespace otatool::firmware
