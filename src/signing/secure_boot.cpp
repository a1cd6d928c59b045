#include "otatool/signing/secure_boot.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "otatool/signing/signed_image.hpp"

#include "signing/native_key.hpp"

namespace otatool::signing {
namespace {

using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::uint8_t kRsaVersion = 2;
constexpr std::uint8_t kEcdsaVersion = 3;
constexpr std::size_t kDigestOffset = 4;
constexpr int kSaltSize = 32;

/// Where the numbers of an RSA block are. All numbers are little-endian.
constexpr std::size_t kModulusOffset = 36;
constexpr std::size_t kModulusSize = 384;
constexpr std::size_t kExponentOffset = 420;
constexpr std::size_t kRsaSignatureOffset = 812;

/// Where the numbers of an ECDSA block are, for each curve.
struct Curve {
  std::uint8_t id;
  std::size_t id_offset;
  const char* group;
  std::string_view name;
  std::size_t number_size;
  std::size_t point_offset;
  std::size_t signature_offset;
};
constexpr std::array<Curve, 3> kCurves = {{{1, 36, "prime192v1", "EC P-192", 24, 37, 101},
                                           {2, 36, "prime256v1", "EC P-256", 32, 37, 101},
                                           {3, 52, "secp384r1", "EC P-384", 48, 53, 149}}};

Number number_at(Bytes block, std::size_t offset, std::size_t size) {
  return Number(BN_lebin2bn(block.data() + offset, static_cast<int>(size), nullptr));
}

EvpKey key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0) {
    return nullptr;
  }
  return EvpKey(key);
}

EvpKey rsa_key(Bytes block) {
  const Number modulus = number_at(block, kModulusOffset, kModulusSize);
  const Number exponent = number_at(block, kExponentOffset, sizeof(std::uint32_t));
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return key_from("RSA", builder.get());
}

EvpKey ec_key(Bytes block, const Curve& curve) {
  std::vector<std::uint8_t> point = {0x04};
  for (const std::size_t number : {std::size_t{0}, std::size_t{1}}) {
    const Bytes bytes =
        block.subspan(curve.point_offset + number * curve.number_size, curve.number_size);
    point.insert(point.end(), bytes.rbegin(), bytes.rend());
  }
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0);
  OSSL_PARAM_BLD_push_octet_string(
      builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return key_from("EC", builder.get());
}

std::vector<std::uint8_t> rsa_signature(Bytes block) {
  const Bytes bytes = block.subspan(kRsaSignatureOffset, kModulusSize);
  return {bytes.rbegin(), bytes.rend()};
}

std::vector<std::uint8_t> ecdsa_signature(Bytes block, const Curve& curve) {
  const EcdsaSignature signature(ECDSA_SIG_new());
  Number r = number_at(block, curve.signature_offset, curve.number_size);
  Number s = number_at(block, curve.signature_offset + curve.number_size, curve.number_size);
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &encoded);
  std::vector<std::uint8_t> der(encoded, encoded + std::max(size, 0));
  OPENSSL_free(encoded);
  return der;
}

bool verifies(EVP_PKEY* key, bool rsa, const Digest& digest, Bytes signature) {
  const EvpKeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  if (context == nullptr || EVP_PKEY_verify_init(context.get()) <= 0) {
    return false;
  }
  if (rsa && (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) <= 0 ||
              EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) <= 0 ||
              EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), kSaltSize) <= 0)) {
    return false;
  }
  return EVP_PKEY_verify(context.get(),
                         signature.data(),
                         signature.size(),
                         digest.bytes().data(),
                         digest.size) == 1;
}

Fingerprint fingerprint_of(EVP_PKEY* key) {
  Fingerprint fingerprint{};
  unsigned char* encoded = nullptr;
  const int size = i2d_PUBKEY(key, &encoded);
  if (size > 0) {
    const Digest digest =
        digest_of(Bytes(encoded, static_cast<std::size_t>(size)), HashAlgorithm::Sha256);
    std::ranges::copy(digest.bytes(), fingerprint.begin());
  }
  OPENSSL_free(encoded);
  return fingerprint;
}

/// The key and the signature of a block.
struct Contents {
  EvpKey key;
  std::string_view key_name;
  HashAlgorithm hash = HashAlgorithm::Sha256;
  std::vector<std::uint8_t> signature;
};

SecureBootSignature check(Bytes payload, Bytes block, const Contents& contents) {
  const Digest digest = digest_of(payload, contents.hash);
  SecureBootSignature checked;
  checked.digest_matches =
      std::ranges::equal(block.subspan(kDigestOffset, digest.size), digest.bytes());
  if (EVP_PKEY* const key = contents.key.get(); key != nullptr) {
    checked.key_name = contents.key_name;
    checked.fingerprint = fingerprint_of(key);
    checked.signature_matches =
        verifies(key, EVP_PKEY_is_a(key, "RSA") == 1, digest, contents.signature);
  }
  ERR_clear_error();
  return checked;
}

}  // namespace

std::optional<SecureBootSignature> verify_secure_boot(Bytes payload, Bytes block) {
  if (block.size() != kSecureBootBlockSize) {
    return std::nullopt;
  }
  if (block[1] == kRsaVersion) {
    return check(
        payload, block, {rsa_key(block), "RSA-3072", HashAlgorithm::Sha256, rsa_signature(block)});
  }
  for (const Curve& curve : kCurves) {
    const bool sha384 = curve.id == 3;
    if (block[1] == kEcdsaVersion && (block[2] == 1) == sha384 &&
        block[curve.id_offset] == curve.id) {
      return check(payload,
                   block,
                   {ec_key(block, curve),
                    curve.name,
                    sha384 ? HashAlgorithm::Sha384 : HashAlgorithm::Sha256,
                    ecdsa_signature(block, curve)});
    }
  }
  return std::nullopt;
}

}  // namespace otatool::signing
