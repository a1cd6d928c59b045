#include "signing/signature.hpp"

#include <algorithm>
#include <array>
#include <new>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "otatool/wire/image_trailer.hpp"

#include "signing/native_key.hpp"

namespace otatool::signing {
namespace {

constexpr int kSecureBootSalt = 32;

const EVP_MD* native_hash(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::Sha384:
      return EVP_sha384();
    case HashAlgorithm::Sha512:
      return EVP_sha512();
    case HashAlgorithm::Sha256:
      break;
  }
  return EVP_sha256();
}

EvpKeyContext context_of(const NativeKey& key) {
  EvpKeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (context == nullptr) {
    throw std::bad_alloc();
  }
  return context;
}

bool set_pss(EVP_PKEY_CTX* context, const EVP_MD* hash, int salt) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_signature_md(context, hash) > 0 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) > 0;
}

/// Prepares a context for signing or verifying a digest in this form.
bool set_form(EVP_PKEY_CTX* context, const NativeKey& key, SignatureForm form, const EVP_MD* hash) {
  if (key.kind != KeyKind::Rsa) {
    return (form == SignatureForm::Esp32 || form == SignatureForm::SecureBootV2) &&
           EVP_PKEY_CTX_set_signature_md(context, hash) > 0;
  }
  switch (form) {
    case SignatureForm::Esp8266:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
             EVP_PKEY_CTX_set_signature_md(context, hash) > 0;
    case SignatureForm::Esp8266Legacy:
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
    case SignatureForm::Esp32:
      return set_pss(context, hash, RSA_PSS_SALTLEN_MAX);
    case SignatureForm::SecureBootV2:
      return set_pss(context, hash, kSecureBootSalt);
    case SignatureForm::SecureBootV1:
      break;
  }
  return false;
}

bool pss_verifies(const Digest& digest, Bytes signature, const NativeKey& key, int salt) {
  const EvpKeyContext context = context_of(key);
  const bool valid =
      EVP_PKEY_verify_init(context.get()) > 0 &&
      set_pss(context.get(), native_hash(digest.algorithm), salt) &&
      EVP_PKEY_verify(
          context.get(), signature.data(), signature.size(), digest.storage.data(), digest.size) ==
          1;
  ERR_clear_error();
  return valid;
}

/// The block inside an RSA signature, of modulus length; nothing for another key's signature.
std::optional<std::vector<std::uint8_t>> open_block(Bytes signature, const NativeKey& key) {
  const auto modulus_size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  if (key.kind != KeyKind::Rsa || signature.size() != modulus_size) {
    return std::nullopt;
  }
  const EvpKeyContext context = context_of(key);
  std::vector<std::uint8_t> block(modulus_size);
  std::size_t size = block.size();
  const bool opened =
      EVP_PKEY_verify_recover_init(context.get()) > 0 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) > 0 &&
      EVP_PKEY_verify_recover(
          context.get(), block.data(), &size, signature.data(), signature.size()) > 0 &&
      size == block.size();
  ERR_clear_error();
  return opened ? std::optional(std::move(block)) : std::nullopt;
}

/// The content of a PKCS#1 type 1 block: 00 01 FF..FF 00 content, at least eight FF.
std::optional<Bytes> pkcs1_content(Bytes block) {
  constexpr std::size_t kLeastPadding = 8;
  if (block.size() < 3 || block[0] != 0x00 || block[1] != 0x01) {
    return std::nullopt;
  }
  const auto end =
      std::find_if(block.begin() + 2, block.end(), [](std::uint8_t byte) { return byte != 0xFF; });
  if (end == block.end() || *end != 0x00 ||
      end - (block.begin() + 2) < static_cast<std::ptrdiff_t>(kLeastPadding)) {
    return std::nullopt;
  }
  return block.subspan(static_cast<std::size_t>(end - block.begin()) + 1);
}

/// Removes the DigestInfo, with or without its NULL, and returns the hash that it names.
std::optional<std::pair<HashAlgorithm, Bytes>> split_digest_info(Bytes content) {
  // The three DigestInfos differ in the last byte of the OID and in the lengths.
  constexpr std::array<std::pair<HashAlgorithm, std::uint8_t>, 3> kHashes{
      {{HashAlgorithm::Sha256, 32}, {HashAlgorithm::Sha384, 48}, {HashAlgorithm::Sha512, 64}}};
  constexpr std::size_t kOidEnd = 14;
  for (const bool with_null : {true, false}) {
    for (const auto& [hash, size] : kHashes) {
      std::vector<std::uint8_t> prefix =
          with_null ? std::vector<std::uint8_t>(std::begin(wire::kSha256DigestInfo),
                                                std::end(wire::kSha256DigestInfo))
                    : std::vector<std::uint8_t>(std::begin(wire::kSha256DigestInfoWithoutNull),
                                                std::end(wire::kSha256DigestInfoWithoutNull));
      const auto longer = static_cast<std::uint8_t>(size - wire::kSha256Size);
      prefix[1] = static_cast<std::uint8_t>(prefix[1] + longer);
      prefix[kOidEnd] = static_cast<std::uint8_t>(prefix[kOidEnd] + longer / 16);
      prefix.back() = size;
      if (content.size() == prefix.size() + size &&
          std::equal(prefix.begin(), prefix.end(), content.begin())) {
        return std::pair(hash, content.subspan(prefix.size()));
      }
    }
  }
  return std::nullopt;
}

SignatureReading::Subject subject_of(Bytes signed_hash, HashAlgorithm hash, Bytes payload) {
  const Digest once = digest_of(payload, hash);
  if (std::ranges::equal(signed_hash, once.bytes())) {
    return SignatureReading::Subject::Payload;
  }
  const Digest twice = digest_of(once.bytes(), hash);
  return std::ranges::equal(signed_hash, twice.bytes()) ? SignatureReading::Subject::HashedTwice
                                                        : SignatureReading::Subject::Other;
}

std::optional<SignatureReading> read_pkcs1(Bytes payload, Bytes signature, const NativeKey& key) {
  const auto block = open_block(signature, key);
  if (!block) {
    return std::nullopt;
  }
  const std::optional<Bytes> content = pkcs1_content(*block);
  if (!content) {
    return std::nullopt;
  }
  SignatureReading reading;
  Bytes signed_hash = *content;
  if (const auto split = split_digest_info(*content)) {
    reading.kind = SignatureKind::Pkcs1;
    reading.hash = split->first;
    signed_hash = split->second;
  } else {
    reading.kind = SignatureKind::Bare;
  }
  reading.subject = subject_of(signed_hash, reading.hash, payload);
  reading.signed_hash = to_hex(signed_hash);
  return reading;
}

/// PSS and ECDSA do not show the digest, so each possible digest is tried.
SignatureReading read_by_trying(Bytes payload, Bytes signature, const NativeKey& key) {
  for (const HashAlgorithm hash :
       {HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512}) {
    const Digest once = digest_of(payload, hash);
    for (const bool twice : {false, true}) {
      const Digest digest = twice ? digest_of(once.bytes(), hash) : once;
      SignatureReading reading{.kind = SignatureKind::Foreign,
                               .hash = hash,
                               .subject = twice ? SignatureReading::Subject::HashedTwice
                                                : SignatureReading::Subject::Payload,
                               .signed_hash = {}};
      if (check_signature(digest, signature, key, SignatureForm::Esp32)) {
        reading.kind = key.kind == KeyKind::Rsa ? SignatureKind::PssMaxSalt : SignatureKind::Ecdsa;
        return reading;
      }
      if (key.kind == KeyKind::Rsa && pss_verifies(digest, signature, key, RSA_PSS_SALTLEN_AUTO)) {
        reading.kind = SignatureKind::PssOtherSalt;
        return reading;
      }
    }
  }
  return {};
}

std::string found_text(SignatureKind kind) {
  switch (kind) {
    case SignatureKind::Pkcs1:
      return "PKCS#1 v1.5 with DigestInfo";
    case SignatureKind::Bare:
      return "PKCS#1 v1.5 without DigestInfo";
    case SignatureKind::PssMaxSalt:
    case SignatureKind::PssOtherSalt:
      return "RSA-PSS";
    case SignatureKind::Ecdsa:
      return "ECDSA";
    case SignatureKind::Foreign:
      break;
  }
  return "unknown";
}

std::string required_text(SignatureForm form) {
  switch (form) {
    case SignatureForm::Esp8266:
      return "PKCS#1 v1.5 with DigestInfo";
    case SignatureForm::Esp8266Legacy:
      return "PKCS#1 v1.5 without DigestInfo";
    default:
      return "RSA-PSS";
  }
}

}  // namespace

Digest digest_of(Bytes payload, HashAlgorithm algorithm) {
  Digest digest;
  digest.algorithm = algorithm;
  unsigned size = 0;
  if (EVP_Digest(payload.data(),
                 payload.size(),
                 digest.storage.data(),
                 &size,
                 native_hash(algorithm),
                 nullptr) != 1) {
    throw std::bad_alloc();
  }
  digest.size = size;
  return digest;
}

std::size_t salt_size(const NativeKey& key, SignatureForm form, std::size_t digest_size) {
  return form == SignatureForm::SecureBootV2 ? std::size_t{kSecureBootSalt}
                                             : (key.bits + 6) / 8 - digest_size - 2;
}

std::optional<std::vector<std::uint8_t>> make_signature(const Digest& digest,
                                                        const NativeKey& key,
                                                        SignatureForm form) {
  const EvpKeyContext context = context_of(key);
  std::vector<std::uint8_t> signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())));
  std::size_t size = signature.size();
  const bool made =
      EVP_PKEY_sign_init(context.get()) > 0 &&
      set_form(context.get(), key, form, native_hash(digest.algorithm)) &&
      EVP_PKEY_sign(context.get(), signature.data(), &size, digest.storage.data(), digest.size) > 0;
  ERR_clear_error();
  if (!made) {
    return std::nullopt;
  }
  signature.resize(size);
  return signature;
}

bool check_signature(const Digest& digest,
                     Bytes signature,
                     const NativeKey& key,
                     SignatureForm form) {
  const EvpKeyContext context = context_of(key);
  const bool valid =
      EVP_PKEY_verify_init(context.get()) > 0 &&
      set_form(context.get(), key, form, native_hash(digest.algorithm)) &&
      EVP_PKEY_verify(
          context.get(), signature.data(), signature.size(), digest.storage.data(), digest.size) ==
          1;
  ERR_clear_error();
  return valid;
}

SignatureReading read_signature_kind(Bytes payload, Bytes signature, const NativeKey& key) {
  if (auto reading = read_pkcs1(payload, signature, key)) {
    return *std::move(reading);
  }
  return read_by_trying(payload, signature, key);
}

std::string objection(const SignatureReading& reading,
                      SignatureForm form,
                      HashAlgorithm hash,
                      Bytes payload) {
  if (reading.kind == SignatureKind::Foreign) {
    return "the signature was made with another key or for another image, or it is damaged";
  }
  const bool right_kind =
      reading.kind == SignatureKind::Ecdsa ||
      (reading.kind == SignatureKind::Pkcs1 && form == SignatureForm::Esp8266) ||
      (reading.kind == SignatureKind::Bare && form == SignatureForm::Esp8266Legacy) ||
      ((reading.kind == SignatureKind::PssMaxSalt || reading.kind == SignatureKind::PssOtherSalt) &&
       (form == SignatureForm::Esp32 || form == SignatureForm::SecureBootV2));
  if (!right_kind) {
    return "the padding is " + found_text(reading.kind) + ", but " + std::string(to_string(form)) +
           " devices need " + required_text(form);
  }
  if (reading.hash != hash) {
    return "the signature is made with " + std::string(to_string(reading.hash)) + " instead of " +
           std::string(to_string(hash));
  }
  if (reading.subject == SignatureReading::Subject::HashedTwice) {
    return "the digest was hashed again before it was signed";
  }
  if (reading.subject == SignatureReading::Subject::Other) {
    return "the signature is for other content: it signs " + std::string(to_string(hash)) + " " +
           reading.signed_hash + ", but these bytes have " +
           to_hex(digest_of(payload, hash).bytes());
  }
  if (form == SignatureForm::SecureBootV2) {
    return "the salt of RSA-PSS does not have the 32 bytes that Secure Boot v2 requires";
  }
  if (reading.kind == SignatureKind::PssOtherSalt) {
    return "the salt of RSA-PSS does not have the maximal length, which devices require";
  }
  return {};
}

}  // namespace otatool::signing
