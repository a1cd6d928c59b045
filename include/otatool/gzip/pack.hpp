// Packages for the loader of the ESP8266: one gzip member, the same bytes for the same content
// with the same libraries. Pure functions over bytes: no files, no clock, no names.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::gzip {

/// The compressor of the deflate stream.
enum class Compressor {
  Libdeflate,  ///< 1 to 2 % smaller than gzip -9 in about its time (signing-gzip-images.md 6)
  Zopfli,      ///< about ten times slower, slightly smaller
};

constexpr int kSmallestLevel = 1;
constexpr int kLargestLevel = 12;

struct PackOptions {
  Compressor compressor = Compressor::Libdeflate;
  int level = kLargestLevel;  ///< of libdeflate; kSmallestLevel to kLargestLevel
};

/// Every core with signed packages accepts multiples of this length (signing-gzip-images.md 1.7).
constexpr std::size_t kPackageAlignment = 4;

/// Packs `content`: MTIME 0, OS unknown, and an empty or blank comment if the length would not
/// be a multiple of kPackageAlignment otherwise; nothing follows the trailer
/// (signing-gzip-images.md 1.7, 6). NotAnImage for empty content, DoesNotFit from 2^31 bytes on,
/// Usage for an unknown level.
[[nodiscard]] Result<std::vector<std::uint8_t>> pack(Bytes content, PackOptions options = {});

/// The same compressed stream with a length that is a multiple of kPackageAlignment: an aligned
/// package unchanged, any other with a new header without name and time.
/// `largest_content` is as for check_package, whose errors it returns.
[[nodiscard]] Result<std::vector<std::uint8_t>> align_package(Bytes package,
                                                              std::size_t largest_content);

}  // namespace otatool::gzip
