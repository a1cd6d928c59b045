// Packages made by zlib in every shape that RFC 1951 and 1952 allow, to be read by our own code
// and by the model of the loader.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::test {

/// How zlib is to compress.
struct StreamShape {
  int level = 9;
  int window_bits = 15;
  int strategy = 0;             ///< Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED ...
  std::size_t flush_every = 0;  ///< bytes between two flushes, 0 for none
  int flush = 0;                ///< Z_SYNC_FLUSH or Z_FULL_FLUSH
};

/// What a header holds besides the fixed fields; a text is there if it has at least its NUL.
struct HeaderShape {
  std::uint8_t flags = 0;
  std::uint32_t time = 0;
  std::vector<std::uint8_t> extra = {};
  std::vector<std::uint8_t> name = {};
  std::vector<std::uint8_t> comment = {};
};

[[nodiscard]] std::vector<std::uint8_t> raw_stream(Bytes content, const StreamShape& shape = {});
/// The header in its wire form, with a right CRC when `flags` says that there is one.
[[nodiscard]] std::vector<std::uint8_t> header(const HeaderShape& shape = {});
/// One whole member.
[[nodiscard]] std::vector<std::uint8_t> member(Bytes content,
                                               const StreamShape& stream = {},
                                               const HeaderShape& head = {});

}  // namespace otatool::test
