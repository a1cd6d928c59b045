// The flash of an ESP8266 through the mask ROM's routines. For callers that do not run from the
// flash window.
#pragma once

#include "firmware/boot/rom.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

class RomFlash final : public Flash {
 public:
  explicit RomFlash(uint32_t size_bytes) : size_bytes_(size_bytes) {}

  uint32_t size() const override { return size_bytes_; }
  bool erase_sector(uint32_t offset) override { return SPIEraseSector(offset / kSectorSize) == 0; }
  bool write(uint32_t offset, const void* bytes, uint32_t length) override {
    return SPIWrite(offset, static_cast<const uint32_t*>(bytes), length) == 0;
  }
  bool read(uint32_t offset, void* bytes, uint32_t length) override {
    return SPIRead(offset, static_cast<uint32_t*>(bytes), length) == 0;
  }

 private:
  uint32_t size_bytes_;
};

/// Size of the chip in bytes, from the upper half of byte 3 of an image's header
/// (signing-gzip-images.md 3.1); 0 for an unsupported size.
constexpr uint32_t chip_size(uint32_t first_header_word) {
  switch (first_header_word >> 28U) {
    case 0:
      return 512U << 10U;
    case 2:
      return 1U << 20U;
    case 3:
      return 2U << 20U;
    case 4:
      return 4U << 20U;
    case 8:
      return 8U << 20U;
    case 9:
      return 16U << 20U;
    default:
      return 0;
  }
}

}  // namespace otatool::firmware
