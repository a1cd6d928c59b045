// Gzip packages in flash, verified as a whole before a boot command names them. Memory is the
// caller's; writes no flash. Spec: signing-gzip-images.md 2.2-2.4.
#pragma once

#include "image_rules.hpp"
#include "inflate.hpp"
#include "port.hpp"

namespace otatool::firmware {

/// Judges staged packages for an updater. A port whose loader only copies gives none.
class PackageVerifier {
 public:
  /// Whether the `size` bytes at `offset` are one gzip member of an application of at most `limit`
  /// bytes that follows the rules, with nothing behind it. MagicByte for other content, Space when
  /// it is larger, Read when the flash fails, an error of the rules, or one of the Package errors.
  virtual UpdateError verify(
      Flash& flash, uint32_t offset, uint32_t size, uint32_t limit, ImageRules& rules) = 0;
  /// Bytes that the last package unpacks to, when it was good.
  virtual uint32_t unpacked_size() const = 0;

 protected:
  ~PackageVerifier() = default;
};

class GzipPackageVerifier final : public PackageVerifier {
 public:
  explicit GzipPackageVerifier(Inflater& inflater) : inflater_(inflater) {}
  UpdateError verify(
      Flash& flash, uint32_t offset, uint32_t size, uint32_t limit, ImageRules& rules) override;
  uint32_t unpacked_size() const override { return inflater_.size(); }

 private:
  Inflater& inflater_;
};

}  // namespace otatool::firmware
