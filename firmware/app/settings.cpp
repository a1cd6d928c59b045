#include "firmware/app/settings.hpp"

#include <string.h>

#include "otatool/wire/crc32.hpp"

namespace otatool::firmware {

void read_settings(Flash& flash, Settings& settings) {
  auto* const bytes = reinterpret_cast<uint8_t*>(&settings);
  constexpr uint32_t kCovered = sizeof(Settings) - sizeof(settings.crc);
  static_assert(sizeof(Settings) % 4 == 0, "flash is read in words");
  if (!flash.read(settings_offset(flash.size()), bytes, sizeof(settings)) ||
      settings.magic != Settings::kMagic || settings.crc != wire::crc32(0, bytes, kCovered) ||
      settings.password_length > sizeof(settings.password) ||
      settings.modulus_length > sizeof(settings.modulus) ||
      settings.exponent_length > sizeof(settings.exponent)) {
    memset(bytes, 0, sizeof(settings));
  }
}

}  // namespace otatool::firmware
