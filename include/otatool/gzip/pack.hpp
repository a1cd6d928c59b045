// Packages for the loader of the ESP8266: one gzip member, the same bytes for the same content on
// every machine with the same libraries. Pure functions over bytes: no files, no clock, no names.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::gzip {

/// Who finds the shortest deflate stream.
enum class Compressor {
  Libdeflate,  ///< 1 to 2 % smaller than gzip -9 in about its time (signing-gzip-images.md 6)
  Zopfli,      ///< some ten times slower, for the last bytes
};

constexpr int kSmallestLevel = 1;
constexpr int kLargestLevel = 12;

struct PackOptions {
  Compressor compressor = Compressor::Libdeflate;
  int level = kLargestLevel;  ///< of libdeflate; kSmallestLevel to kLargestLevel
};

/// Every device core with signed packages takes these lengths (signing-gzip-images.md 1.7).
constexpr std::size_t kPackageAlignment = 4;

/// Packs `content`: MTIME 0, OS unknown, and an empty or blank comment where the length would not
/// be a multiple of kPackageAlignment; nothing follows the trailer (signing-gzip-images.md 1.7, 6).
/// NotAnImage for no content at all, DoesNotFit from 2^31 bytes on, Usage for an unknown level.
[[nodiscard]] Result<std::vector<std::uint8_t>> pack(Bytes content, PackOptions options = {});

/// The same compressed stream with a length that is a multiple of kPackageAlignment: an aligned
/// package as it is, any other with a new header that holds neither name nor time.
/// `largest_content` is as for check_package, whose errors it returns.
[[nodiscard]] Result<std::vector<std::uint8_t>> align_package(Bytes package,
                                                              std::size_t largest_content);

}  // namespace otatool::gzip
