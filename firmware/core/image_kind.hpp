// What the first byte of an image says of it.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

/// First byte of every application image of the ESP8266 and ESP32 families.
constexpr uint8_t kApplicationMagic = 0xE9;
/// First byte of a gzip package, for the ESP8266 alone and only for a loader that unpacks.
constexpr uint8_t kPackageMagic = 0x1F;

/// Whether an image that begins with `first` may go to the loader; `packages`: one that unpacks.
constexpr bool loader_accepts(uint8_t first, bool packages) {
  return first == kApplicationMagic || (packages && first == kPackageMagic);
}

}  // namespace otatool::firmware
