// Random numbers from a secret seed, a counter and the times at which they were asked for. A chip
// has a generator in hardware; an emulated one gets its seed from outside.
#pragma once

#include "firmware/core/software_sha256.hpp"

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
