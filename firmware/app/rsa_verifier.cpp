#include "firmware/app/rsa_verifier.hpp"

#include <bearssl_rsa.h>
#include <string.h>

namespace otatool::firmware {

UpdateError RsaVerifier::verify(const uint8_t* digest, const uint8_t* signature) {
  // BearSSL has no const in its key type but does not write to the key.
  const br_rsa_public_key key{const_cast<uint8_t*>(key_.modulus),
                              key_.modulus_length,
                              const_cast<uint8_t*>(key_.exponent),
                              key_.exponent_length};
  uint8_t signed_digest[Sha256::kDigestLength];
  const bool opened = br_rsa_i15_pkcs1_vrfy(signature,
                                            key_.modulus_length,
                                            BR_HASH_OID_SHA256,
                                            sizeof(signed_digest),
                                            &key,
                                            signed_digest) == 1;
  return opened && memcmp(signed_digest, digest, sizeof(signed_digest)) == 0
             ? UpdateError::None
             : UpdateError::SignatureWrong;
}

}  // namespace otatool::firmware
