// Makes the blocks of Secure Boot v2 signatures.
#include <algorithm>
#include <array>
#include <string>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "otatool/signing/secure_boot.hpp"
#include "otatool/signing/signed_image.hpp"
#include "otatool/wire/crc32.hpp"

#include "signing/native_key.hpp"
#include "signing/secure_boot_layout.hpp"

namespace otatool::signing {
namespace {

using BigInteger = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using BigContext = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;
using EcdsaPair = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

/// Writes a number of at most `size` bytes in little-endian order.
void put_number(std::vector<std::uint8_t>& block,
                std::size_t offset,
                const BIGNUM* number,
                std::size_t size) {
  BN_bn2lebinpad(number, block.data() + offset, static_cast<int>(size));
}

void put_word(std::vector<std::uint8_t>& block, std::size_t offset, std::uint32_t word) {
  for (std::size_t i = 0; i < sizeof word; ++i) {
    block[offset + i] = static_cast<std::uint8_t>(word >> (8 * i));
  }
}

BigInteger parameter(const NativeKey& key, const char* name) {
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &raw);
  return BigInteger(raw);
}

/// (2^3072)^2 mod n, with which the chip's multiplier starts.
BigInteger montgomery_square(const BIGNUM* modulus) {
  const BigContext context(BN_CTX_new());
  BigInteger square(BN_new());
  BN_set_bit(square.get(), static_cast<int>(16 * kSecureBootRsa.modulus_size));
  BN_mod(square.get(), square.get(), modulus, context.get());
  return square;
}

/// -n^-1 mod 2^32, by Newton's iteration: each step doubles the number of right bits.
std::uint32_t montgomery_word(const BIGNUM* modulus) {
  std::array<std::uint8_t, kSecureBootRsa.modulus_size> bytes{};
  BN_bn2lebinpad(modulus, bytes.data(), static_cast<int>(bytes.size()));
  std::uint32_t low = 0;
  for (std::size_t i = 0; i < sizeof low; ++i) {
    low |= static_cast<std::uint32_t>(bytes[i]) << (8 * i);
  }
  std::uint32_t inverse = low;  // right in three bits, because n is odd
  for (int step = 0; step < 4; ++step) {
    inverse *= 2U - low * inverse;
  }
  return 0U - inverse;
}

void put_rsa(std::vector<std::uint8_t>& block, Bytes signature, const NativeKey& key) {
  const BigInteger modulus = parameter(key, OSSL_PKEY_PARAM_RSA_N);
  const BigInteger exponent = parameter(key, OSSL_PKEY_PARAM_RSA_E);
  const SecureBootRsaLayout& at = kSecureBootRsa;
  block[1] = kSecureBootRsaVersion;
  put_number(block, at.modulus, modulus.get(), at.modulus_size);
  put_number(block, at.exponent, exponent.get(), sizeof(std::uint32_t));
  put_number(block, at.square, montgomery_square(modulus.get()).get(), at.modulus_size);
  put_word(block, at.word, montgomery_word(modulus.get()));
  std::ranges::reverse_copy(signature, block.begin() + static_cast<std::ptrdiff_t>(at.signature));
}

void put_ecdsa(std::vector<std::uint8_t>& block, Bytes signature, const NativeKey& key) {
  const SecureBootCurve& curve = kSecureBootP256;
  block[1] = kSecureBootEcdsaVersion;
  block[curve.id_offset] = curve.id;
  put_number(
      block, curve.point_offset, parameter(key, OSSL_PKEY_PARAM_EC_PUB_X).get(), curve.number_size);
  put_number(block,
             curve.point_offset + curve.number_size,
             parameter(key, OSSL_PKEY_PARAM_EC_PUB_Y).get(),
             curve.number_size);
  const unsigned char* at = signature.data();
  const EcdsaPair pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size())));
  put_number(block, curve.signature_offset, ECDSA_SIG_get0_r(pair.get()), curve.number_size);
  put_number(block,
             curve.signature_offset + curve.number_size,
             ECDSA_SIG_get0_s(pair.get()),
             curve.number_size);
}

}  // namespace

std::vector<std::uint8_t> secure_boot_block(Bytes signature,
                                            const Digest& digest,
                                            const PublicKey& key) {
  std::vector<std::uint8_t> block(kSecureBootBlockSize);
  block[0] = kSecureBootMagic;
  std::ranges::copy(digest.bytes(),
                    block.begin() + static_cast<std::ptrdiff_t>(kSecureBootDigestOffset));
  key.is_rsa() ? put_rsa(block, signature, key.native())
               : put_ecdsa(block, signature, key.native());
  put_word(block, kSecureBootCrcOffset, wire::crc32(0, block.data(), kSecureBootCrcOffset));
  return block;
}

}  // namespace otatool::signing
