// Policy checks on an incoming image, made on its first bytes: it must carry this device's loader
// and must not be older than the minimum version. Reads flash, writes none.
#pragma once

#include "otatool/wire/application_description.hpp"

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

class ImageRules {
 public:
  /// `minimum_version`: lowest version accepted, which an image must then state; 0 accepts all.
  /// If the map keeps no loader (FlashMap::loader_size), nothing is checked.
  ImageRules(Flash& flash, const FlashMap& map, uint32_t minimum_version)
      : flash_(flash), map_(map), minimum_version_(minimum_version) {}

  /// Adds the next bytes: a multiple of 4, except at the end of the image. LoaderDiffers at the
  /// first difference, Read if the flash fails.
  UpdateError add(const uint8_t* bytes, size_t count);
  /// Call once decided() is true or the image has ended. MagicByte if no application follows the
  /// loader, VersionMissing, VersionOld.
  UpdateError result() const;
  /// True if further bytes cannot change the result.
  bool decided() const { return map_.loader_size == 0 || position_ >= map_.loader_size + kPiece; }

 private:
  static constexpr uint32_t kPiece = 64;

  UpdateError add_piece(const uint8_t* bytes, uint32_t count);

  Flash& flash_;
  const FlashMap& map_;
  uint32_t minimum_version_;
  uint32_t position_ = 0;
  alignas(4) uint8_t head_[kPiece];
};

}  // namespace otatool::firmware
