// Gzip packages in flash: read in order for Inflater, and verified as a whole before a boot command
// names them. Memory is the caller's; writes no flash. Spec: signing-gzip-images.md 2.2-2.4.
#pragma once

#include "inflate.hpp"
#include "port.hpp"

namespace otatool::firmware {

/// A package that lies in flash from a multiple of 4 on.
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

 private:
  Flash& flash_;
  uint32_t offset_;
  uint32_t left_;
};

/// Judges staged packages for an updater. A port whose loader only copies gives none.
class PackageVerifier {
 public:
  /// Whether the `size` bytes at `offset` are one gzip member of an application of at most `limit`
  /// bytes, with nothing behind it. MagicByte for other content, Space when it is larger, Read when
  /// the flash fails, else one of the Package errors.
  virtual UpdateError verify(Flash& flash, uint32_t offset, uint32_t size, uint32_t limit) = 0;

 protected:
  ~PackageVerifier() = default;
};

class GzipPackageVerifier final : public PackageVerifier {
 public:
  explicit GzipPackageVerifier(Inflater& inflater) : inflater_(inflater) {}
  UpdateError verify(Flash& flash, uint32_t offset, uint32_t size, uint32_t limit) override;

 private:
  Inflater& inflater_;
};

}  // namespace otatool::firmware
