// Where a file's signature is, told from its structure alone. No cryptography but a hash.
#pragma once

#include <optional>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"
#include "otatool/image/recognise.hpp"

namespace otatool::image {

/// The signature behind an image that ends at `image_size` (signing-gzip-images.md 1.1, 4.1, 4.2).
[[nodiscard]] std::optional<SignatureFacts> signature_behind(Bytes file,
                                                             std::uint64_t image_size,
                                                             Sha256Hex sha256_hex);

/// A guess for files that do not tell where they end: the last word is the length of an RSA
/// signature. `certain` stays false.
[[nodiscard]] std::optional<SignatureFacts> signature_by_last_word(Bytes file);

/// The signature behind a package whose member ends at `member_size`, certain.
[[nodiscard]] std::optional<SignatureFacts> signature_behind_package(Bytes file,
                                                                     std::uint64_t member_size);

}  // namespace otatool::image
