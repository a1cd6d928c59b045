// Makes and reads signatures of digests. Reading explains a wrong signature. No trailers, no files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"
#include "otatool/signing/key.hpp"
#include "otatool/signing/signed_image.hpp"

namespace otatool::signing {

/// The signature of `digest`: RSA as a big-endian integer of modulus length, ECDSA as DER.
/// Nothing if OpenSSL cannot sign with this key.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> make_signature(const Digest& digest,
                                                                      const NativeKey& key,
                                                                      SignatureForm form);

/// Whether `signature` signs `digest` as devices of this form require.
[[nodiscard]] bool check_signature(const Digest& digest,
                                   Bytes signature,
                                   const NativeKey& key,
                                   SignatureForm form);

/// Bytes of the salt of RSA-PSS: 32 for Secure Boot v2, otherwise as many as the key allows.
[[nodiscard]] std::size_t salt_size(const NativeKey& key,
                                    SignatureForm form,
                                    std::size_t digest_size);

/// The scheme of a signature, found by opening it with the public key.
enum class SignatureKind {
  Foreign,  ///< another key, or damaged
  Pkcs1,    ///< PKCS#1 v1.5 with DigestInfo
  Bare,     ///< PKCS#1 type 1 around the bare hash
  PssMaxSalt,
  PssOtherSalt,
  Ecdsa,
};
struct SignatureReading {
  SignatureKind kind = SignatureKind::Foreign;
  HashAlgorithm hash = HashAlgorithm::Sha256;
  /// The signed content: the payload, the hash of the payload's hash, or (PKCS#1 only) other bytes.
  enum class Subject { Payload, HashedTwice, Other } subject = Subject::Other;
  /// The signed hash, if PKCS#1 shows it.
  std::string signed_hash;
};
/// Reads a signature over `payload`, trying every kind and hash.
[[nodiscard]] SignatureReading read_signature_kind(Bytes payload,
                                                   Bytes signature,
                                                   const NativeKey& key);

/// The reason why devices of this form refuse the signature; empty if they accept it.
[[nodiscard]] std::string objection(const SignatureReading& reading,
                                    SignatureForm form,
                                    HashAlgorithm hash,
                                    Bytes payload);

}  // namespace otatool::signing
