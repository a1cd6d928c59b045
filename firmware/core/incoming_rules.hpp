// Policy checks of a receiver on an incoming image. With a loader that is never replaced, those of
// ImageRules; otherwise the image must be for the same flash, if the map says so, and must not be
// older than the minimum version. Reads flash, writes none.
#pragma once

#include "firmware/core/image_rules.hpp"

namespace otatool::firmware {

class IncomingRules {
 public:
  /// `minimum_version`: lowest version accepted, which an image must then state; 0 accepts all. If
  /// the map keeps no loader, the version is that of the image's first wire::VersionMark.
  IncomingRules(Flash& flash, const FlashMap& map, uint32_t minimum_version)
      : rules_(flash, map, minimum_version),
        flash_(flash),
        map_(map),
        minimum_version_(minimum_version) {}

  /// Adds the next bytes: a multiple of 4, except at the end of the image. As ImageRules::add(), or
  /// FlashConfig.
  UpdateError add(const uint8_t* bytes, size_t count);
  /// Call once decided() is true or the image has ended. As ImageRules::result().
  UpdateError result() const;
  /// True if further bytes cannot change the result.
  bool decided() const;
  const FlashMap& map() const { return map_; }

 private:
  static constexpr uint32_t kMarkWords = 4;

  UpdateError check_flash_config(const uint8_t* bytes, size_t count);
  void find_mark(const uint8_t* bytes, size_t count);

  ImageRules rules_;
  Flash& flash_;
  const FlashMap& map_;
  uint32_t minimum_version_;
  bool begun_ = false;
  uint32_t mark_words_ = 0;  ///< words of a mark that the last bytes held
  uint32_t version_ = 0;     ///< of that mark
};

}  // namespace otatool::firmware
