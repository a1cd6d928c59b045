// MD5 (RFC 1321), SHA-256 and SHA-512 (FIPS 180-4) of a byte run in one call. No heap, no state.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::hello {

struct Md5 {
  static constexpr size_t kBytes = 16;
  uint8_t bytes[kBytes];
};
struct Sha256 {
  static constexpr size_t kBytes = 32;
  uint8_t bytes[kBytes];
};
struct Sha512 {
  static constexpr size_t kBytes = 64;
  uint8_t bytes[kBytes];
};

[[nodiscard]] Md5 md5(const uint8_t* data, size_t size);
[[nodiscard]] Sha256 sha256(const uint8_t* data, size_t size);
[[nodiscard]] Sha512 sha512(const uint8_t* data, size_t size);

/// Calls `block` for each block of `block_bytes` (64 or 128) of the message with its Merkle-Damgard
/// padding: 0x80, zeros, the length in bits in the last 8 bytes, big- or little-endian.
template <typename Block>
void for_each_padded_block(
    const uint8_t* data, size_t size, size_t block_bytes, bool big_endian, Block block) {
  size_t offset = 0;
  for (; size - offset >= block_bytes; offset += block_bytes) {
    block(data + offset);
  }
  uint8_t last[256] = {};
  const size_t rest = size - offset;
  for (size_t i = 0; i < rest; ++i) {
    last[i] = data[offset + i];
  }
  last[rest] = 0x80;
  const size_t length_bytes = block_bytes / 8;
  const size_t padded = rest + 1 + length_bytes <= block_bytes ? block_bytes : 2 * block_bytes;
  const uint64_t bits = static_cast<uint64_t>(size) * 8;
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned shift = 8 * (big_endian ? 7 - i : i);
    last[padded - 8 + i] = static_cast<uint8_t>(bits >> shift);
  }
  for (size_t start = 0; start < padded; start += block_bytes) {
    block(last + start);
  }
}

}  // namespace otatool::hello
