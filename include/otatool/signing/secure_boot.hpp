// Secure Boot v2 signatures of ESP-IDF, verified with the keys that they carry. Makes none.
// Spec: signing-gzip-images.md 4.2.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "otatool/bytes.hpp"
#include "otatool/signing/key.hpp"

namespace otatool::signing {

constexpr std::size_t kSecureBootBlockSize = 1216;

/// One block of a signature sector.
struct SecureBootSignature {
  bool digest_matches = false;     ///< the block has the hash of the payload
  bool signature_matches = false;  ///< the signature of that hash verifies with the block's key
  std::string key_name;            ///< `RSA-3072`, `EC P-192`, ...; empty for an unusable key
  Fingerprint fingerprint{};       ///< of the block's key, as PublicKey::fingerprint
};

/// Verifies one block. `payload` is the image with its padding up to the signature sector. Nothing
/// if `block` does not have kSecureBootBlockSize bytes or an unknown version.
[[nodiscard]] std::optional<SecureBootSignature> verify_secure_boot(Bytes payload, Bytes block);

}  // namespace otatool::signing
