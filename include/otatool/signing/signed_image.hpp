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
#include "otatool/signing/key.hpp"

namespace otatool::signing {

enum class SignatureForm {
  Esp8266,        ///< PKCS#1 v1.5 with SHA-256 | length; cores from 2.6.0 on (1.1)
  Esp8266Legacy,  ///< PKCS#1 type 1 around the bare SHA-256 | length; cores 2.5.0 to 2.5.2 (1.2)
  Esp32,          ///< RSA-PSS or ECDSA, zero-padded to 512 bytes; arduino-esp32 from 3.3 on (4.1)
};
enum class HashAlgorithm { Sha256, Sha384, Sha512 };

/// The names of cli.md: `esp8266`, `esp8266-legacy`, `esp32`.
[[nodiscard]] std::string_view to_string(SignatureForm form);
/// `SHA-256` and so on.
[[nodiscard]] std::string_view to_string(HashAlgorithm hash);

struct Digest {
  HashAlgorithm algorithm = HashAlgorithm::Sha256;
  std::array<std::uint8_t, 64> storage{};
  std::size_t size = 0;

  [[nodiscard]] Bytes bytes() const { return Bytes(storage).first(size); }
};

/// The hash of a payload. The ESP8266 forms have SHA-256; with ESP32 it is the device's choice.
[[nodiscard]] Digest digest_of(Bytes payload, HashAlgorithm algorithm);

/// May this key sign in this form? KeyWrongKind: EC for ESP8266, whose verifier cannot accept any
/// (1.6), or numbers that do not fit the device's key buffer. KeyUnusable: the example key of the
/// Arduino core. Usage: a hash that the form does not know.
[[nodiscard]] Result<void> check_key(const PublicKey& key, SignatureForm form, HashAlgorithm hash);

/// The bytes to put behind a payload: signature and length field, or the 512-byte block of ESP32.
using Trailer = std::vector<std::uint8_t>;

/// Signs a payload by its digest and verifies the outcome with the public half. The ESP8266 forms
/// are deterministic: the same key and payload give the same bytes. Errors of check_key, and
/// KeyUnusable when the two halves of the key do not belong together.
[[nodiscard]] Result<Trailer> sign(const Digest& digest, const PrivateKey& key, SignatureForm form);

/// Is `signature`, without any length field or padding, one over `digest` exactly as devices of
/// this form want it?
[[nodiscard]] bool verify_signature(const Digest& digest,
                                    Bytes signature,
                                    const PublicKey& key,
                                    SignatureForm form);

/// What an external signer (HSM, KMS) must do with a digest, in one line: padding, hash and salt.
/// Errors of check_key.
[[nodiscard]] Result<std::string> required_operation(const PublicKey& key,
                                                     SignatureForm form,
                                                     HashAlgorithm hash);
/// The same without a key: names what each kind of key needs. Usage as check_key.
[[nodiscard]] Result<std::string> required_operation(SignatureForm form, HashAlgorithm hash);

/// A signature as external signers deliver it: raw bytes, base64 or hex text; for ECDSA DER or the
/// plain r and s of PKCS#11. Returns the big-endian RSA integer or the DER form.
/// SignatureInvalid: a length that no signature of this key has.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_signature(Bytes file, const PublicKey& key);

/// The trailer for a signature that was made elsewhere, after verifying it. Errors of check_key,
/// and SignatureInvalid saying what the signature is instead: another padding, a digest hashed
/// twice, another payload, another key.
[[nodiscard]] Result<Trailer> attach(
    Bytes payload, Bytes signature, const PublicKey& key, SignatureForm form, HashAlgorithm hash);

struct FoundSignature {
  SignatureForm form = SignatureForm::Esp8266;  ///< Esp8266 stands for both ESP8266 forms here
  std::size_t payload_size = 0;
  std::size_t signature_size = 0;
};

/// Looks for a signature without a key. `payload_size`, if the caller knows where the image ends,
/// makes the answer certain; without it an RSA-4096 signature of ESP32 cannot be told from code.
[[nodiscard]] std::optional<FoundSignature> find_signature(
    Bytes file, std::optional<std::size_t> payload_size = std::nullopt);

struct Verification {
  bool valid = false;
  /// Nothing when no signature was found.
  std::optional<SignatureForm> form;
  HashAlgorithm hash = HashAlgorithm::Sha256;
  std::size_t payload_size = 0;
  /// What exactly is wrong; NotSigned, SignatureInvalid or KeyWrongKind. Nothing when valid.
  std::optional<Error> problem;
};

/// Finds the form by itself and checks the signature as the devices do.
[[nodiscard]] Verification verify(Bytes file, const PublicKey& key);

}  // namespace otatool::signing
