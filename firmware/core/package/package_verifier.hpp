// Verifies a gzip package in flash completely, before a boot command refers to it. The memory
// belongs to the caller; writes no flash. Spec: signing-gzip-images.md 2.2-2.4.
#pragma once

#include "firmware/core/incoming_rules.hpp"
#include "firmware/core/package/inflate.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

/// Verifies staged packages for an updater. A port whose loader cannot unpack has none.
class PackageVerifier {
 public:
  /// The `size` bytes at `offset` must be one gzip member, with nothing after it, that holds an
  /// application of at most `limit` bytes. Errors: MagicByte for other content, Space if it is
  /// larger or if a loader that unpacks it in sectors would overwrite a part of the package that it
  /// has not read, Read if the flash fails, OutOfMemory, an error of the rules, or a Package error.
  virtual UpdateError verify(
      Flash& flash, uint32_t offset, uint32_t size, uint32_t limit, IncomingRules& rules) = 0;
  /// Unpacked size in bytes of the last package, if it was valid.
  virtual uint32_t unpacked_size() const = 0;

 protected:
  ~PackageVerifier() = default;
};

class GzipPackageVerifier final : public PackageVerifier {
 public:
  explicit GzipPackageVerifier(Inflater& inflater) : inflater_(inflater) {}
  UpdateError verify(
      Flash& flash, uint32_t offset, uint32_t size, uint32_t limit, IncomingRules& rules) override;
  uint32_t unpacked_size() const override { return inflater_.size(); }

 private:
  Inflater& inflater_;
};

}  // namespace otatool::firmware
