// The kind of an image, from its first bytes.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "otatool/wire/delta_patch.hpp"

namespace otatool::firmware {

/// First byte of every application image of the ESP8266 and ESP32 families.
constexpr uint8_t kApplicationMagic = 0xE9;
/// First byte of a gzip package; only some ESP8266 loaders unpack them.
constexpr uint8_t kPackageMagic = 0x1F;

/// First byte of a difference update (delta.md 1).
constexpr uint8_t kPatchMagic = wire::kDeltaMagic[0];

/// True if the loader accepts an image that begins with `first`. `unpacks`: the loader unpacks
/// gzip.
constexpr bool loader_accepts(uint8_t first, bool unpacks) {
  return first == kApplicationMagic || (unpacks && first == kPackageMagic);
}

/// False if the first `count` bytes are those of an application or a package. The first word of
/// LittleFS is a counter with any value; its name follows it.
inline bool may_be_filesystem(const uint8_t* bytes, size_t count) {
  return !loader_accepts(bytes[0], true) || (count >= 16 && memcmp(bytes + 8, "littlefs", 8) == 0);
}

}  // namespace otatool::firmware
