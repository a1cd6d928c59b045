// Applies difference updates for an updater. A port without it refuses them at their first byte.
// Spec: delta.md.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class PatchApplier {
 public:
  /// Reads the header of a patch of `size` bytes that is being staged at `start`; its first `count`
  /// bytes are at `head`. Chooses where the new image is staged. PatchBase if the patch is for
  /// another application than the running one, PatchDamaged, Space, or Read if the flash fails.
  /// Writes no flash.
  virtual UpdateError begin(
      const uint8_t* head, uint32_t count, Installer& installer, uint32_t start, uint32_t size) = 0;
  /// Makes the image from the running application and the patch that begin() has seen, now staged.
  /// The last `trailer` bytes of the image are its signature; `made` describes the rest.
  /// PatchDamaged, also if the SHA-256 of the image is wrong; SignatureMissing if it has only a
  /// trailer; MagicByte if it is no application; Read, Write or Erase if the flash fails.
  virtual UpdateError apply(uint32_t trailer, StagedImage& made) = 0;
  /// Writes the answer to wire::kDeltaQuestion; `text` holds wire::kMaxDeltaAnswer. Returns its
  /// length; 0 if no application runs or the flash fails. The first call reads the whole
  /// application.
  virtual size_t identify(char* text) = 0;

 protected:
  ~PatchApplier() = default;
};

}  // namespace otatool::firmware
