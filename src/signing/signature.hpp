// Signatures over digests, one level below images: made, and read with the public key so that a
// wrong one can be named. No trailers, no files.
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
/// Nothing when OpenSSL cannot make it with these numbers.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> make_signature(const Digest& digest,
                                                                      const NativeKey& key,
                                                                      SignatureForm form);

/// Is `signature` one over `digest` exactly as devices of this form want it?
[[nodiscard]] bool check_signature(const Digest& digest,
                                   Bytes signature,
                                   const NativeKey& key,
                                   SignatureForm form);

/// How a signature is made, found by opening it with the public key.
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
  /// What it signs: the payload, the hash of the payload's hash, or (PKCS#1 only) something else.
  enum class Subject { Payload, HashedTwice, Other } subject = Subject::Other;
  /// The signed hash, where PKCS#1 shows it.
  std::string signed_hash;
};
/// Reads a signature over `payload`, trying every kind and hash.
[[nodiscard]] SignatureReading read_signature_kind(Bytes payload,
                                                   Bytes signature,
                                                   const NativeKey& key);

/// What devices of this form will object to; empty when nothing.
[[nodiscard]] std::string objection(const SignatureReading& reading,
                                    SignatureForm form,
                                    HashAlgorithm hash,
                                    Bytes payload);

}  // namespace otatool::signing
