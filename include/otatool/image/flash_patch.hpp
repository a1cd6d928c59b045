// Changes the flash mode in an ESP8266 image, before it is packed or signed.
// Bytes in, bytes out.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"
#include "otatool/result.hpp"

namespace otatool::image {

/// A copy of `file` with `mode` in byte 2 of its first header and the embedded CRC recomputed, as
/// the CRC covers that byte (signing-gzip-images.md 2.6, 3.3). `facts` are those of `file`.
/// WrongKind unless it is an ESP8266 image of the Arduino form: in an ESP32 app the change would
/// invalidate hash and signature (3.4). AlreadySigned for a signed file. NotAnImage if the image is
/// damaged, because a new CRC would hide the damage.
[[nodiscard]] Result<std::vector<std::uint8_t>> set_flash_mode(Bytes file,
                                                               const ImageFacts& facts,
                                                               FlashMode mode);

}  // namespace otatool::image
