// gzip packages in every form that RFC 1951 and 1952 allow, made by zlib, as input for otatool and
// for the model of the loader.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::test {

/// Compression settings of zlib.
struct StreamShape {
  int level = 9;
  int window_bits = 15;
  int strategy = 0;             ///< Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED ...
  std::size_t flush_every = 0;  ///< bytes between two flushes, 0 for none
  int flush = 0;                ///< Z_SYNC_FLUSH or Z_FULL_FLUSH
};

/// Optional header fields; a text is present if it has at least its NUL.
struct HeaderShape {
  std::uint8_t flags = 0;
  std::uint32_t time = 0;
  std::vector<std::uint8_t> extra = {};
  std::vector<std::uint8_t> name = {};
  std::vector<std::uint8_t> comment = {};
};

[[nodiscard]] std::vector<std::uint8_t> raw_stream(Bytes content, const StreamShape& shape = {});
/// The encoded header, with a correct CRC if `flags` announces one.
[[nodiscard]] std::vector<std::uint8_t> header(const HeaderShape& shape = {});
/// One complete member.
[[nodiscard]] std::vector<std::uint8_t> member(Bytes content,
                                               const StreamShape& stream = {},
                                               const HeaderShape& head = {});

}  // namespace otatool::test
