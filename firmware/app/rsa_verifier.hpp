// Verifies RSA signatures with BearSSL's i15, its fastest code for a processor with 16-bit
// multiply.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

struct RsaPublicKey {
  const uint8_t* modulus;  ///< big-endian, without leading zeros
  uint32_t modulus_length;
  const uint8_t* exponent;
  uint32_t exponent_length;
};

class RsaVerifier final : public SignatureVerifier {
 public:
  explicit RsaVerifier(const RsaPublicKey& key) : key_(key) {}

  uint32_t signature_length() const override { return key_.modulus_length; }
  UpdateError verify(const uint8_t* digest, const uint8_t* signature) override;

 private:
  RsaPublicKey key_;
};

}  // namespace otatool::firmware
