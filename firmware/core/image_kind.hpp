// The kind of an image, from its first byte.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

/// First byte of every application image of the ESP8266 and ESP32 families.
constexpr uint8_t kApplicationMagic = 0xE9;
/// First byte of a gzip package; only some ESP8266 loaders unpack them.
constexpr uint8_t kPackageMagic = 0x1F;

/// True if the loader accepts an image that begins with `first`. `unpacks`: the loader unpacks
/// gzip.
constexpr bool loader_accepts(uint8_t first, bool unpacks) {
  return first == kApplicationMagic || (unpacks && first == kPackageMagic);
}

}  // namespace otatool::firmware
