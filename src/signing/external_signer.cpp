// The input of an external signer, and the signature that it returns.
#include <algorithm>
#include <iterator>
#include <string>

#include "otatool/base64.hpp"
#include "otatool/signing/signed_image.hpp"

#include "signing/native_key.hpp"
#include "signing/signature.hpp"
#include "signing/trailer_shape.hpp"

namespace otatool::signing {
namespace {

std::string pss_text(HashAlgorithm hash, const std::string& salt) {
  const std::string name(to_string(hash));
  return "RSASSA-PSS, hash " + name + ", MGF1 with " + name + ", salt of " + salt + " bytes";
}

std::string ecdsa_text(HashAlgorithm hash) {
  return "ECDSA over this " + std::string(to_string(hash)) + " digest, signature in DER";
}

std::size_t hash_size(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::Sha384:
      return 48;
    case HashAlgorithm::Sha512:
      return 64;
    case HashAlgorithm::Sha256:
      break;
  }
  return 32;
}

/// One of r and s as a DER INTEGER: shortest form, with a zero byte before a set high bit.
void append_integer(std::vector<std::uint8_t>& der, Bytes number) {
  while (number.size() > 1 && number.front() == 0) {
    number = number.subspan(1);
  }
  const bool needs_zero = (number.front() & 0x80U) != 0;
  der.push_back(0x02);
  der.push_back(static_cast<std::uint8_t>(number.size() + (needs_zero ? 1 : 0)));
  if (needs_zero) {
    der.push_back(0);
  }
  der.insert(der.end(), number.begin(), number.end());
}

std::vector<std::uint8_t> der_of_plain(Bytes r_and_s) {
  std::vector<std::uint8_t> numbers;
  append_integer(numbers, r_and_s.first(r_and_s.size() / 2));
  append_integer(numbers, r_and_s.subspan(r_and_s.size() / 2));
  std::vector<std::uint8_t> der{0x30, static_cast<std::uint8_t>(numbers.size())};
  der.insert(der.end(), numbers.begin(), numbers.end());
  return der;
}

/// `bytes` as a signature of this key, if their length and structure match.
std::optional<std::vector<std::uint8_t>> as_signature(Bytes bytes, const PublicKey& key) {
  if (key.is_rsa()) {
    return bytes.size() == key.signature_size()
               ? std::optional(std::vector<std::uint8_t>(bytes.begin(), bytes.end()))
               : std::nullopt;
  }
  if (ecdsa_der_size(bytes) == bytes.size()) {
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  }
  const std::size_t plain_size = std::size_t{2} * key.bits() / 8;
  return bytes.size() == plain_size ? std::optional(der_of_plain(bytes)) : std::nullopt;
}

/// base64url (RFC 4648, section 5) as base64; base64 stays as it is.
std::string as_base64(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  return text;
}

}  // namespace

Result<std::string> required_operation(const PublicKey& key,
                                       SignatureForm form,
                                       HashAlgorithm hash) {
  if (Result<void> usable = check_key(key, form, hash); !usable) {
    return fail(usable.error());
  }
  if (form != SignatureForm::Esp32 && form != SignatureForm::SecureBootV2) {
    return required_operation(form, hash);
  }
  return key.is_rsa()
             ? pss_text(hash, std::to_string(salt_size(key.native(), form, hash_size(hash))))
             : ecdsa_text(hash);
}

Result<std::string> required_operation(SignatureForm form, HashAlgorithm hash) {
  if (form != SignatureForm::Esp32 && hash != HashAlgorithm::Sha256) {
    return fail(Errc::Usage,
                std::string(to_string(form)) + " devices support only SHA-256, not " +
                    std::string(to_string(hash)));
  }
  switch (form) {
    case SignatureForm::Esp8266:
      return "RSASSA-PKCS1-v1_5 with SHA-256: PKCS#1 v1.5 padding of DigestInfo and this digest";
    case SignatureForm::Esp8266Legacy:
      return "raw PKCS#1 v1.5 padding (type 1) of these 32 bytes, without DigestInfo";
    default:
      break;
  }
  const bool secure_boot = form == SignatureForm::SecureBootV2;
  return "with an RSA key: " + pss_text(hash, secure_boot ? "32" : "the maximal number of") +
         "; with an EC key: " + ecdsa_text(hash);
}

Result<std::vector<std::uint8_t>> read_signature(Bytes file, const PublicKey& key) {
  if (auto raw = as_signature(file, key)) {
    return *std::move(raw);
  }
  std::string digits;
  std::ranges::copy_if(as_text(file), std::back_inserter(digits), [](char letter) {
    return letter != ' ' && letter != '\t' && letter != '\r' && letter != '\n';
  });
  for (const auto& decoded : {from_hex(digits), from_base64(as_base64(digits))}) {
    if (decoded) {
      if (auto signature = as_signature(*decoded, key)) {
        return *std::move(signature);
      }
    }
  }
  return fail(Errc::SignatureInvalid,
              std::to_string(file.size()) + " bytes are not a signature of an " + key.name() +
                  " key, which has " + (key.is_rsa() ? "" : "up to ") +
                  std::to_string(key.signature_size()) + " bytes");
}

}  // namespace otatool::signing
