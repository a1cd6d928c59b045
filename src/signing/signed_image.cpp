#include "otatool/signing/signed_image.hpp"

#include <utility>

#include "otatool/wire/image_trailer.hpp"

#include "signing/native_key.hpp"
#include "signing/signature.hpp"

namespace otatool::signing {
namespace {

/// BearSSL's buffer for the numbers of a key on the ESP8266: modulus and exponent together (1.6).
constexpr std::size_t kDeviceKeyBuffer = 520;

bool is_esp8266(SignatureForm form) {
  return form != SignatureForm::Esp32;
}

Result<void> check_hash(SignatureForm form, HashAlgorithm hash) {
  if (is_esp8266(form) && hash != HashAlgorithm::Sha256) {
    return fail(Errc::Usage,
                std::string(to_string(form)) + " devices support only SHA-256, not " +
                    std::string(to_string(hash)));
  }
  return {};
}

Trailer build_trailer(Bytes signature, SignatureForm form) {
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
  return check_hash(form, hash);
}

Result<Trailer> sign(const Digest& digest, const PrivateKey& key, SignatureForm form) {
  if (Result<void> usable = check_key(key.public_half(), form, digest.algorithm); !usable) {
    return fail(usable.error());
  }
  const auto signature = make_signature(digest, key.native(), form);
  if (!signature || !check_signature(digest, *signature, key.native(), form)) {
    return fail(
        Errc::KeyUnusable,
        "the private key does not belong to its public half: the signature does not verify");
  }
  return build_trailer(*signature, form);
}

Result<Trailer> attach(
    Bytes payload, Bytes signature, const PublicKey& key, SignatureForm form, HashAlgorithm hash) {
  if (Result<void> usable = check_key(key, form, hash); !usable) {
    return fail(usable.error());
  }
  const SignatureReading reading = read_signature_kind(payload, signature, key.native());
  if (std::string wrong = objection(reading, form, hash, payload); !wrong.empty()) {
    return fail(Errc::SignatureInvalid, std::move(wrong));
  }
  return build_trailer(signature, form);
}

}  // namespace otatool::signing
