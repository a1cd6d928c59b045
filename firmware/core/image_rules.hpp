// What an image must be besides whole, judged from its first bytes as they pass: made with the
// loader that the device keeps, and not older than it may be. Reads flash, writes none.
#pragma once

#include "otatool/wire/application_description.hpp"

#include "flash_map.hpp"
#include "port.hpp"

namespace otatool::firmware {

class ImageRules {
 public:
  /// `minimum_version`: 0 for any; otherwise an image must say its version, and one at least as
  /// high. Without a loader to keep (FlashMap::loader_size) nothing is looked at.
  ImageRules(Flash& flash, const FlashMap& map, uint32_t minimum_version)
      : flash_(flash), map_(map), minimum_version_(minimum_version) {}

  /// Takes the next bytes: a multiple of 4, less only at the end. LoaderDiffers as soon as it does,
  /// Read when the flash fails.
  UpdateError take(const uint8_t* bytes, size_t count);
  /// After enough of the image, or all of it: MagicByte when no application follows the loader,
  /// VersionMissing, VersionOld.
  UpdateError verdict() const;
  /// Whether further bytes cannot change the verdict.
  bool enough() const { return map_.loader_size == 0 || position_ >= map_.loader_size + kPiece; }

 private:
  static constexpr uint32_t kPiece = 64;

  UpdateError take_piece(const uint8_t* bytes, uint32_t count);

  Flash& flash_;
  const FlashMap& map_;
  uint32_t minimum_version_;
  uint32_t position_ = 0;
  alignas(4) uint8_t head_[kPiece];
};

}  // namespace otatool::firmware
