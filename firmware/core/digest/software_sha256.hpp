// SHA-256 (FIPS 180-4) in plain C++, for a port without an accelerator or a library for it.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class SoftwareSha256 final : public Sha256 {
 public:
  SoftwareSha256() { start(); }
  void begin() override;
  void update(const void* bytes, size_t length) override;
  void finish(uint8_t* digest) override;
  void save(uint8_t* state) const override;
  void resume(const uint8_t* state) override;

 private:
  void start();
  void transform(const uint8_t* block);

  uint32_t state_[8];
  uint64_t length_;
  uint8_t block_[kBlockLength];
};

}  // namespace otatool::firmware
