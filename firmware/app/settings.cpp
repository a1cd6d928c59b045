#include "firmware/app/settings.hpp"

#include <string.h>

#include "otatool/wire/crc32.hpp"

namespace otatool::firmware {

namespace {

bool is_valid(const Settings& settings) {
  constexpr uint32_t kCovered = sizeof(Settings) - sizeof(settings.crc);
  return settings.magic == Settings::kMagic &&
         settings.crc == wire::crc32(0, reinterpret_cast<const uint8_t*>(&settings), kCovered) &&
         settings.password_length <= sizeof(settings.password) &&
         settings.modulus_length <= sizeof(settings.modulus) &&
         settings.exponent_length <= sizeof(settings.exponent) && settings.server_port <= 0xFFFF &&
         settings.pull_path_length <= sizeof(settings.pull_path);
}

}  // namespace

bool read_settings(Flash& flash, Settings& settings) {
  static_assert(sizeof(Settings) % 4 == 0, "flash is read in words");
  static_assert(sizeof(Settings) <= kSecondSettings, "the copies do not overlap");
  const uint32_t first = settings_offset(flash.size());
  for (uint32_t copy = 0; copy < 2; ++copy) {
    if (flash.read(first + copy * kSecondSettings, &settings, sizeof(settings)) &&
        is_valid(settings)) {
      return true;
    }
  }
  memset(&settings, 0, sizeof(settings));
  return false;
}

}  // namespace otatool::firmware
