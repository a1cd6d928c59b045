#include "signing/native_key.hpp"

#include <array>
#include <string>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

namespace otatool::signing {
namespace {

using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Native = std::shared_ptr<const NativeKey>;

Result<Native> adopt_rsa(NativeKey key) {
  if (key.bits < kMinRsaBits || key.bits > kMaxRsaBits) {
    return fail(
        Errc::KeyWrongKind,
        "an RSA key of " + std::to_string(key.bits) + " bits: devices accept 1024 to 4096 bits");
  }
  BIGNUM* raw = nullptr;
  const int found = EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_E, &raw);
  const Number exponent(raw);
  // With exponent 1 every signature is valid; with an even exponent none is.
  if (found != 1 || BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get()) != 0) {
    return fail(Errc::KeyUnusable, "an RSA key whose public exponent is not an odd number above 1");
  }
  key.exponent_size = static_cast<std::size_t>(BN_num_bytes(exponent.get()));
  return std::make_shared<const NativeKey>(std::move(key));
}

Result<Native> adopt_ec(NativeKey key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  const int named = EVP_PKEY_get_utf8_string_param(
      key.get(), OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(), &size);
  const std::string_view curve(name.data(), named == 1 ? size : 0);
  if (curve == "prime256v1") {
    key.kind = KeyKind::EcP256;
  } else if (curve == "secp384r1") {
    key.kind = KeyKind::EcP384;
  } else {
    return fail(Errc::KeyWrongKind,
                "an EC key on " +
                    (curve.empty() ? "an unnamed curve" : "curve '" + std::string(curve) + "'") +
                    ": devices support P-256 and P-384");
  }
  // The same key from a file with a compressed point must have the same fingerprint.
  EVP_PKEY_set_utf8_string_param(
      key.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
  // The file may spell out the parameters of the curve, which devices do not read.
  EVP_PKEY_set_utf8_string_param(
      key.get(), OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP);
  return std::make_shared<const NativeKey>(std::move(key));
}

}  // namespace

Result<Native> adopt(EvpKey handle, bool has_private) {
  NativeKey key;
  key.handle = std::move(handle);
  key.has_private = has_private;
  key.bits = static_cast<unsigned>(EVP_PKEY_get_bits(key.get()));
  Result<Native> adopted = fail(Errc::KeyWrongKind, "neither an RSA nor an EC key");
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    adopted = adopt_rsa(std::move(key));
  } else if (EVP_PKEY_is_a(key.get(), "EC") == 1) {
    adopted = adopt_ec(std::move(key));
  } else if (EVP_PKEY_is_a(key.get(), "RSA-PSS") == 1) {
    adopted = fail(Errc::KeyWrongKind, "an RSA key restricted to PSS: devices read plain RSA keys");
  } else if (const char* type = EVP_PKEY_get0_type_name(key.get())) {
    adopted = fail(Errc::KeyWrongKind,
                   "an " + std::string(type) + " key: firmware is signed with RSA or EC keys");
  }
  ERR_clear_error();
  return adopted;
}

}  // namespace otatool::signing
