#include "firmware/port/mbedtls/pk_verifier.hpp"

#include <string.h>

namespace otatool::firmware {

PkVerifier::PkVerifier(const char* pem) {
  mbedtls_pk_init(&key_);
  // The length of a PEM text includes its terminator.
  usable_ = mbedtls_pk_parse_public_key(
                &key_, reinterpret_cast<const unsigned char*>(pem), strlen(pem) + 1) == 0 &&
            mbedtls_pk_can_do(&key_, MBEDTLS_PK_RSA) == 1;
}

PkVerifier::~PkVerifier() {
  mbedtls_pk_free(&key_);
}

uint32_t PkVerifier::signature_length() const {
  return usable_ ? static_cast<uint32_t>((mbedtls_pk_get_bitlen(&key_) + 7) / 8) : 0;
}

UpdateError PkVerifier::verify(const uint8_t* digest, const uint8_t* signature) {
  const bool good =
      usable_ &&
      mbedtls_pk_verify(
          &key_, MBEDTLS_MD_SHA256, digest, Sha256::kDigestLength, signature, signature_length()) ==
          0;
  return good ? UpdateError::None : UpdateError::SignatureWrong;
}

}  // namespace otatool::firmware
