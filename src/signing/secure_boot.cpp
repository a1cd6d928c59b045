#include "otatool/signing/secure_boot.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "otatool/signing/signed_image.hpp"

#include "signing/native_key.hpp"
#include "signing/native_numbers.hpp"
#include "signing/secure_boot_layout.hpp"

namespace otatool::signing {
namespace {

using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr int kSaltSize = 32;

Number number_at(Bytes block, std::size_t offset, std::size_t size) {
  return Number(BN_lebin2bn(block.data() + offset, static_cast<int>(size), nullptr));
}

/// `size` bytes in the other order.
std::vector<std::uint8_t> reversed_at(Bytes block, std::size_t offset, std::size_t size) {
  const Bytes bytes = block.subspan(offset, size);
  return {bytes.rbegin(), bytes.rend()};
}

EvpKey rsa_key(Bytes block) {
  return rsa_of_numbers(reversed_at(block, kSecureBootRsa.modulus, kSecureBootRsa.modulus_size),
                        reversed_at(block, kSecureBootRsa.exponent, sizeof(std::uint32_t)));
}

EvpKey ec_key(Bytes block, const SecureBootCurve& curve) {
  std::vector<std::uint8_t> point = {0x04};
  for (const std::size_t number : {std::size_t{0}, std::size_t{1}}) {
    const auto coordinate =
        reversed_at(block, curve.point_offset + number * curve.number_size, curve.number_size);
    point.insert(point.end(), coordinate.begin(), coordinate.end());
  }
  return ec_of_point(curve.group, point);
}

std::vector<std::uint8_t> rsa_signature(Bytes block) {
  return reversed_at(block, kSecureBootRsa.signature, kSecureBootRsa.modulus_size);
}

std::vector<std::uint8_t> ecdsa_signature(Bytes block, const SecureBootCurve& curve) {
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
      std::ranges::equal(block.subspan(kSecureBootDigestOffset, digest.size), digest.bytes());
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
  if (block[1] == kSecureBootRsaVersion) {
    return check(
        payload, block, {rsa_key(block), "RSA-3072", HashAlgorithm::Sha256, rsa_signature(block)});
  }
  for (const SecureBootCurve& curve : kSecureBootCurves) {
    const bool sha384 = curve.id == 3;
    if (block[1] == kSecureBootEcdsaVersion && (block[2] == 1) == sha384 &&
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
