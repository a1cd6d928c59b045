// What a file is, told from its bytes. No length in the file is trusted: nothing is read beyond its
// end and nothing is allocated by a number found in it. No files, no clock, no printing.
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

/// Recognises `file` by the rules of signing-gzip-images.md 3.5 and reads all that there is to
/// read. Never fails: what cannot be recognised is Kind::Unknown. A gzip package is not unpacked.
[[nodiscard]] ImageFacts recognise(Bytes file, Sha256Hex sha256_hex);

/// A package after unpacking: what is known of it, and what was inside (empty if it is broken).
struct Unpacked {
  PackageFacts facts;
  std::vector<std::uint8_t> content;
};
using Unpack = std::function<Unpacked(Bytes package)>;

/// A file, and what is inside it when it is a package.
struct Examined {
  ImageFacts file;
  std::optional<PackageFacts> package;
  std::optional<ImageFacts> content;  ///< of a package that could be unpacked
  std::vector<std::uint8_t> content_bytes;

  /// What a device would start: the content of a package, or the file itself.
  [[nodiscard]] const ImageFacts& payload() const { return content ? *content : file; }
};

/// `recognise` for the file and, through `unpack`, for what is inside a package. A signature behind
/// a package is taken off before the package is judged, and is certain only if the package ends
/// exactly where the signature begins.
[[nodiscard]] Examined examine(Bytes file, Sha256Hex sha256_hex, const Unpack& unpack);

}  // namespace otatool::image
