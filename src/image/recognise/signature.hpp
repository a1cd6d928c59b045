// Finds the signature of a file by its structure. Hashes, but verifies nothing.
#pragma once

#include <optional>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"
#include "otatool/image/recognise.hpp"

namespace otatool::image {

/// The signature after an image that ends at `image_size` (signing-gzip-images.md 1.1, 4.1, 4.2).
[[nodiscard]] std::optional<SignatureFacts> signature_after(Bytes file,
                                                            std::uint64_t image_size,
                                                            Sha256Hex sha256_hex);

/// A guess for files whose end is unknown: the last word is the length of an RSA signature.
/// `certain` stays false.
[[nodiscard]] std::optional<SignatureFacts> signature_by_last_word(Bytes file);

/// The signature after a package whose member ends at `member_size`, certain.
[[nodiscard]] std::optional<SignatureFacts> signature_after_package(Bytes file,
                                                                    std::uint64_t member_size);

}  // namespace otatool::image
