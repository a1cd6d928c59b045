// The flash of a running application. The flash cache is off while the mask ROM accesses the chip,
// so these functions are in instruction memory.
#pragma once

#include "firmware/boot/rom.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

class CachedFlash final : public Flash {
 public:
  explicit CachedFlash(uint32_t size_bytes) : size_bytes_(size_bytes) {}

  uint32_t size() const override { return size_bytes_; }
  bool erase_sector(uint32_t offset) override;
  uint32_t block_size() const override { return kRomBlockSize; }
  bool erase_block(uint32_t offset) override;
  bool write(uint32_t offset, const void* bytes, uint32_t length) override;
  bool read(uint32_t offset, void* bytes, uint32_t length) override;

 private:
  uint32_t size_bytes_;
};

}  // namespace otatool::firmware
