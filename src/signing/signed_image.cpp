#include "otatool/signing/signed_image.hpp"

#include <utility>

#include "otatool/signing/secure_boot.hpp"
#include "otatool/wire/image_trailer.hpp"

#include "signing/native_key.hpp"
#include "signing/signature.hpp"

namespace otatool::signing {
namespace {

/// BearSSL's buffer for the numbers of a key on the ESP8266: modulus and exponent together (1.6).
constexpr std::size_t kDeviceKeyBuffer = 520;

bool is_esp8266(SignatureForm form) {
  return form == SignatureForm::Esp8266 || form == SignatureForm::Esp8266Legacy;
}

Result<void> check_hash(SignatureForm form, HashAlgorithm hash) {
  if (form != SignatureForm::Esp32 && hash != HashAlgorithm::Sha256) {
    return fail(Errc::Usage,
                std::string(to_string(form)) + " devices support only SHA-256, not " +
                    std::string(to_string(hash)));
  }
  return {};
}

/// The keys of a boot loader with Secure Boot v2 (4.2); its blocks have four bytes for the
/// exponent.
Result<void> check_secure_boot_key(const PublicKey& key) {
  constexpr unsigned kRsaBits = 3072;
  const bool usable =
      key.is_rsa() ? key.bits() == kRsaBits && key.native().exponent_size <= sizeof(std::uint32_t)
                   : key.kind() == KeyKind::EcP256;
  return usable ? Result<void>()
                : fail(Errc::KeyWrongKind,
                       "an " + key.name() +
                           " key: Secure Boot v2 is signed with RSA-3072 or EC P-256");
}

Trailer build_trailer(Bytes signature,
                      const Digest& digest,
                      const PublicKey& key,
                      SignatureForm form) {
  if (form == SignatureForm::SecureBootV2) {
    return secure_boot_block(signature, digest, key);
  }
  Trailer trailer(signature.begin(), signature.end());
  if (is_esp8266(form)) {
    trailer.resize(signature.size() + wire::kTrailerLengthSize);
    wire::write_trailer_length(static_cast<std::uint32_t>(signature.size()),
                               trailer.data() + signature.size());
  } else {
    trailer.resize(wire::kEsp32TrailerSize);
  }
  return trailer;
}

/// SignatureInvalid with what is wrong.
Result<void> check_message(Bytes message,
                           const Digest& digest,
                           Bytes signature,
                           const PublicKey& key,
                           SignatureForm form) {
  if (check_signature(digest, signature, key.native(), form)) {
    return {};
  }
  // Devices also accept a DigestInfo without NULL, which OpenSSL refuses.
  const SignatureReading reading = read_signature_kind(message, signature, key.native());
  std::string wrong = objection(reading, form, digest.algorithm, message);
  return wrong.empty() ? Result<void>() : fail(Errc::SignatureInvalid, std::move(wrong));
}

/// The signature of a message with this digest. Errors of sign_message.
Result<std::vector<std::uint8_t>> verified_signature(Bytes message,
                                                     const Digest& digest,
                                                     const Signer& signer,
                                                     SignatureForm form) {
  const PublicKey& key = signer.public_half();
  TRY(const auto raw, signer.raw_signature(digest, form));
  TRY(auto signature, read_signature(raw, key));
  TRY_VOID(check_message(message, digest, signature, key, form));
  return signature;
}

}  // namespace

std::string_view to_string(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::Sha256:
      return "SHA-256";
    case HashAlgorithm::Sha384:
      return "SHA-384";
    case HashAlgorithm::Sha512:
      break;
  }
  return "SHA-512";
}

Result<void> check_key(const PublicKey& key, SignatureForm form, HashAlgorithm hash) {
  if (key.is_published_example()) {
    return fail(
        Errc::KeyUnusable,
        "this is the example key of the Arduino core, whose private half is public: anybody "
        "could sign for these devices");
  }
  if (is_esp8266(form) && !key.is_rsa()) {
    return fail(Errc::KeyWrongKind,
                "an " + key.name() +
                    " key: an ESP8266 verifies RSA alone, no EC signature can ever be valid there");
  }
  if (is_esp8266(form) && key.signature_size() + key.native().exponent_size > kDeviceKeyBuffer) {
    return fail(Errc::KeyWrongKind,
                "the public exponent of " + std::to_string(key.native().exponent_size) +
                    " bytes does not fit the key buffer of an ESP8266");
  }
  if (form == SignatureForm::SecureBootV2) {
    TRY_VOID(check_secure_boot_key(key));
  }
  return check_hash(form, hash);
}

Result<Trailer> sign(const Digest& digest, const PrivateKey& key, SignatureForm form) {
  if (Result<void> usable = check_key(key.public_half(), form, digest.algorithm); !usable) {
    return fail(usable.error());
  }
  TRY(const auto signature, key.raw_signature(digest, form));
  return build_trailer(signature, digest, key.public_half(), form);
}

Result<std::vector<std::uint8_t>> sign_message(Bytes message,
                                               const Signer& signer,
                                               SignatureForm form,
                                               HashAlgorithm hash) {
  TRY_VOID(check_key(signer.public_half(), form, hash));
  return verified_signature(message, digest_of(message, hash), signer, form);
}

Result<Trailer> sign(Bytes payload, const Signer& signer, SignatureForm form, HashAlgorithm hash) {
  TRY_VOID(check_key(signer.public_half(), form, hash));
  const Digest digest = digest_of(payload, hash);
  TRY(const auto signature, verified_signature(payload, digest, signer, form));
  return build_trailer(signature, digest, signer.public_half(), form);
}

Result<Trailer> attach(
    Bytes payload, Bytes signature, const PublicKey& key, SignatureForm form, HashAlgorithm hash) {
  TRY_VOID(check_key(key, form, hash));
  const Digest digest = digest_of(payload, hash);
  TRY_VOID(check_message(payload, digest, signature, key, form));
  return build_trailer(signature, digest, key, form);
}

}  // namespace otatool::signing
