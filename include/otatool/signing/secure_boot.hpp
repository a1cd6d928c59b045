// Secure Boot v2 signatures of ESP-IDF: makes their blocks, and verifies blocks with the keys that
// they carry.
// Spec: signing-gzip-images.md 4.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/signing/key.hpp"

namespace otatool::signing {

struct Digest;

constexpr std::size_t kSecureBootBlockSize = 1216;
/// The signature sector follows an image that is padded with FF to a multiple of this size.
constexpr std::size_t kSecureBootSectorSize = 4096;
constexpr std::size_t kMostSecureBootBlocks = 3;

/// One block of a signature sector.
struct SecureBootSignature {
  bool digest_matches = false;     ///< the block has the hash of the payload
  bool signature_matches = false;  ///< the signature of that hash verifies with the block's key
  std::string key_name;            ///< `RSA-3072`, `EC P-192`, ...; empty for an unusable key
  Fingerprint fingerprint{};       ///< of the block's key, as PublicKey::fingerprint
};

/// The block of kSecureBootBlockSize bytes for a signature that verifies. `digest` is SHA-256 of
/// the padded image; `key` is RSA-3072 with an exponent of at most 32 bits, or EC P-256.
[[nodiscard]] std::vector<std::uint8_t> secure_boot_block(Bytes signature,
                                                          const Digest& digest,
                                                          const PublicKey& key);

/// Verifies one block. `payload` is the image with its padding up to the signature sector. Nothing
/// if `block` does not have kSecureBootBlockSize bytes or an unknown version.
[[nodiscard]] std::optional<SecureBootSignature> verify_secure_boot(Bytes payload, Bytes block);

}  // namespace otatool::signing
