// Reads a gzip package in flash for an Inflater. Writes no flash.
#pragma once

#include "firmware/core/package/inflate.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

constexpr uint32_t kAllRead = 0xFFFFFFFF;

/// `offset` is a multiple of 4.
class PackageSource final : public InflateSource {
 public:
  PackageSource(Flash& flash, uint32_t offset, uint32_t size)
      : flash_(flash), offset_(offset), left_(size) {}

  bool read(uint8_t* bytes, size_t capacity, size_t& count) override {
    count = left_ < capacity ? left_ : capacity;
    const auto whole_words = static_cast<uint32_t>((count + 3) / 4 * 4);
    if (count != 0 && !flash_.read(offset_, bytes, whole_words)) {
      return false;
    }
    offset_ += static_cast<uint32_t>(count);
    left_ -= static_cast<uint32_t>(count);
    return true;
  }

  /// Offset in flash of the first byte that was not read; kAllRead at the end.
  uint32_t unread() const { return left_ == 0 ? kAllRead : offset_; }

 private:
  Flash& flash_;
  uint32_t offset_;
  uint32_t left_;
};

}  // namespace otatool::firmware
