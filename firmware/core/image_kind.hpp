// What the first byte of an image says of it.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

/// First byte of every application image of the ESP8266 and ESP32 families.
constexpr uint8_t kApplicationMagic = 0xE9;

/// Whether the loader can start an image that begins with `first`. A gzip package (1F 8B) is for
/// the ESP8266 alone and only for a loader that unpacks; this one copies, so it is refused.
constexpr bool loader_accepts(uint8_t first) {
  return first == kApplicationMagic;
}

}  // namespace otatool::firmware
