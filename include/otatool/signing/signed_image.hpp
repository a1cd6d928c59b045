// Signatures at the end of firmware images: making, finding, checking and explaining them.
// Pure over bytes; knows no image format, no file and no time. Spec: signing-gzip-images.md 1, 4.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"
#include "otatool/signature_form.hpp"
#include "otatool/signing/key.hpp"

namespace otatool::signing {

enum class HashAlgorithm { Sha256, Sha384, Sha512 };

/// `SHA-256` and so on.
[[nodiscard]] std::string_view to_string(HashAlgorithm hash);

struct Digest {
  HashAlgorithm algorithm = HashAlgorithm::Sha256;
  std::array<std::uint8_t, 64> storage{};
  std::size_t size = 0;

  [[nodiscard]] Bytes bytes() const { return Bytes(storage).first(size); }
};

/// The hash of a payload. The ESP8266 forms need SHA-256; for Esp32 the device decides.
[[nodiscard]] Digest digest_of(Bytes payload, HashAlgorithm algorithm);

/// Whether an ESP32 computes this hash wrongly for payloads of this size, and so refuses their
/// signature: its SHA-384 and SHA-512 pad wrongly if `size` % 128 is 112 to 119 (4.1).
[[nodiscard]] constexpr bool is_misread_by_esp32(std::size_t size, HashAlgorithm hash) {
  return hash != HashAlgorithm::Sha256 && size % 128 >= 112 && size % 128 < 120;
}

/// Checks whether this key can sign in this form. KeyWrongKind: EC for ESP8266, whose verifier
/// accepts only RSA (1.6), a key that is too large for the device's buffer, or another key than
/// RSA-3072 and EC P-256 for Secure Boot v2. KeyUnusable: the
/// example key of the Arduino core. Usage: a hash that the form does not know.
[[nodiscard]] Result<void> check_key(const PublicKey& key, SignatureForm form, HashAlgorithm hash);

/// The bytes after a payload: signature and length field, the 512-byte block of ESP32, or one block
/// of Secure Boot v2 for the sector after the payload.
using Trailer = std::vector<std::uint8_t>;

/// Signs the digest of a payload and verifies the result with the public half. The ESP8266 forms
/// are deterministic: the same key and payload give the same bytes. Errors of check_key, and
/// KeyUnusable if the two halves of the key do not match.
[[nodiscard]] Result<Trailer> sign(const Digest& digest, const PrivateKey& key, SignatureForm form);

/// A signature of `message` in the scheme of `form`, as read_signature returns it, verified. Errors
/// as the next function.
[[nodiscard]] Result<std::vector<std::uint8_t>> sign_message(Bytes message,
                                                             const Signer& signer,
                                                             SignatureForm form,
                                                             HashAlgorithm hash);

/// The same for a payload and any signer. Also errors of Signer::raw_signature, of read_signature
/// and of attach, which says what is wrong with a signature that does not verify.
[[nodiscard]] Result<Trailer> sign(Bytes payload,
                                   const Signer& signer,
                                   SignatureForm form,
                                   HashAlgorithm hash);

/// Whether `signature`, without length field and padding, signs `digest` as devices of this form
/// require.
[[nodiscard]] bool verify_signature(const Digest& digest,
                                    Bytes signature,
                                    const PublicKey& key,
                                    SignatureForm form);

/// The operation of an external signer (HSM, KMS) on a digest, in one line: padding, hash and salt.
/// Errors of check_key.
[[nodiscard]] Result<std::string> required_operation(const PublicKey& key,
                                                     SignatureForm form,
                                                     HashAlgorithm hash);
/// The same without a key, for each kind of key. Usage as check_key.
[[nodiscard]] Result<std::string> required_operation(SignatureForm form, HashAlgorithm hash);

/// A signature as external signers deliver it: raw bytes, base64, base64url or hex text; for ECDSA
/// DER or the plain r and s of PKCS#11. Returns the big-endian RSA integer or the DER form.
/// SignatureInvalid: a length that no signature of this key has.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_signature(Bytes file, const PublicKey& key);

/// The trailer for a signature from an external signer, after verifying it. Errors of check_key,
/// and SignatureInvalid with what is wrong: another padding, a digest hashed twice, another
/// payload, another key.
[[nodiscard]] Result<Trailer> attach(
    Bytes payload, Bytes signature, const PublicKey& key, SignatureForm form, HashAlgorithm hash);

struct FoundSignature {
  SignatureForm form = SignatureForm::Esp8266;  ///< Esp8266 for both ESP8266 forms
  std::size_t payload_size = 0;
  std::size_t signature_size = 0;
  bool ecdsa = false;
};

/// Looks for a signature without a key. With `payload_size`, the end of the image, the
/// answer is certain; without it an RSA-4096 signature of ESP32 cannot be distinguished from code.
[[nodiscard]] std::optional<FoundSignature> find_signature(
    Bytes file, std::optional<std::size_t> payload_size = std::nullopt);

struct Verification {
  bool valid = false;
  /// Nothing if no signature was found.
  std::optional<SignatureForm> form;
  HashAlgorithm hash = HashAlgorithm::Sha256;
  std::size_t payload_size = 0;
  /// NotSigned, SignatureInvalid or KeyWrongKind; nothing if valid.
  std::optional<Error> problem;
};

/// Finds the form of the signature and checks it as the devices do.
[[nodiscard]] Verification verify(Bytes file, const PublicKey& key);

}  // namespace otatool::signing
