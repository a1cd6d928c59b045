// Recognises a file by its bytes. No length in the file is trusted: nothing is read beyond its end,
// and no number in the file decides how much memory is allocated. No files, no clock, no printing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"
#include "otatool/image/package.hpp"

namespace otatool::image {

/// SHA-256 as 64 lower-case hex digits; this room has no cryptography of its own.
using Sha256Hex = std::string (*)(Bytes);

/// Recognises `file` by the rules of signing-gzip-images.md 3.5 and reads its
/// facts. Never fails: an unrecognised file is Kind::Unknown. A gzip package is not unpacked.
[[nodiscard]] ImageFacts recognise(Bytes file, Sha256Hex sha256_hex);

/// A package after unpacking: its facts, and its content (empty if the package is broken).
struct Unpacked {
  PackageFacts facts;
  std::vector<std::uint8_t> content;
};
using Unpack = std::function<Unpacked(Bytes package)>;

/// A file, and its content if it is a package.
struct Examined {
  ImageFacts file;
  std::optional<PackageFacts> package;
  std::optional<ImageFacts> content;  ///< of a package that could be unpacked
  std::vector<std::uint8_t> content_bytes;

  /// The image that a device would start: the content of a package, or the file itself.
  [[nodiscard]] const ImageFacts& payload() const { return content ? *content : file; }
};

/// `recognise` for the file and, through `unpack`, for the content of a package. The package is
/// checked without the signature that follows it. That signature is certain only if the package
/// ends exactly where the signature begins.
[[nodiscard]] Examined examine(Bytes file, Sha256Hex sha256_hex, const Unpack& unpack);

}  // namespace otatool::image
