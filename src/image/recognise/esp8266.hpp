// ESP8266 images: v1, v2, the loader of the Arduino core and its combination with a sketch.
#pragma once

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

/// Whether `file` begins with E9 and its first segment has an address of the ESP8266 (3.5).
[[nodiscard]] bool looks_like_esp8266(Bytes file);
/// Whether `file` begins with a v2 header, EA 04.
[[nodiscard]] bool looks_like_esp8266_v2(Bytes file);

/// Fills kind, parts, crc and image_size. `file` must look like an image of that kind.
void read_esp8266(Bytes file, ImageFacts& facts);
void read_esp8266_v2(Bytes file, ImageFacts& facts);

/// CRC of the Arduino core over the first `size` bytes, with length and CRC word at `length_offset`
/// taken as zero (3.3).
[[nodiscard]] std::uint32_t arduino_crc(Bytes file,
                                        std::uint64_t size,
                                        std::uint64_t length_offset);

}  // namespace otatool::image
