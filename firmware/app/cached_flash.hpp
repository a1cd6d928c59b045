// The flash of a running application: code comes from it through the cache, which is off while the
// mask ROM works on the chip. So the functions lie in instruction memory.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class CachedFlash final : public Flash {
 public:
  explicit CachedFlash(uint32_t size_bytes) : size_bytes_(size_bytes) {}

  uint32_t size() const override { return size_bytes_; }
  bool erase_sector(uint32_t offset) override;
  bool write(uint32_t offset, const void* bytes, uint32_t length) override;
  bool read(uint32_t offset, void* bytes, uint32_t length) override;

 private:
  uint32_t size_bytes_;
};

}  // namespace otatool::firmware
