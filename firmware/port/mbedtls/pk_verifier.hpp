// Verifies RSA signatures with Mbed TLS, which ESP-IDF contains.
#pragma once

#include <mbedtls/pk.h>

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class PkVerifier final : public SignatureVerifier {
 public:
  /// `pem`: a public RSA key; with any other text, no signature is valid.
  explicit PkVerifier(const char* pem);
  PkVerifier(const PkVerifier&) = delete;
  PkVerifier& operator=(const PkVerifier&) = delete;
  ~PkVerifier();

  uint32_t signature_length() const override;
  UpdateError verify(const uint8_t* digest, const uint8_t* signature) override;

 private:
  mbedtls_pk_context key_;
  bool usable_;
};

}  // namespace otatool::firmware
