// Random numbers from a secret seed, a counter and the cycle counter at each request. For the
// emulated chip, which has no hardware generator and gets its seed from the settings.
#pragma once

#include "firmware/core/digest/software_sha256.hpp"

namespace otatool::firmware {

class SeededRandom final : public Random {
 public:
  /// `seed`: Sha256::kDigestLength bytes, copied.
  SeededRandom(const uint8_t* seed, uint32_t (*cycles)());
  void fill(uint8_t* bytes, size_t length) override;

 private:
  SoftwareSha256 sha256_;
  uint32_t (*cycles_)();
  uint32_t counter_ = 0;
  uint8_t state_[Sha256::kDigestLength];
};

}  // namespace otatool::firmware
