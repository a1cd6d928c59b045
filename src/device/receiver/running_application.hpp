// Size and hash of the application in flash, found from the image itself as a device does at boot.
// Reads flash only.
#pragma once

#include <cstdint>
#include <string>

#include "otatool/device/virtual_device.hpp"

#include "firmware/core/boot/flash_map.hpp"

namespace otatool::device {

/// Length in bytes from the image's segments, like ESP.getSketchSize(), plus the signature of an
/// ESP8266 image (signing-gzip-images.md 1.1). 0 without an image. An ESP8266's sketch follows the
/// loader of the Arduino core or of firmware/boot.
[[nodiscard]] std::uint32_t application_size_in(firmware::Flash& flash,
                                                const firmware::FlashMap& map,
                                                ChipFamily chip);

/// MD5 in lower-case hex of the first `size` bytes of the application region; empty for size 0 or a
/// failing flash.
[[nodiscard]] std::string application_md5_in(firmware::Flash& flash,
                                             const firmware::FlashMap& map,
                                             std::uint32_t size);

/// The version in the application descriptor of an ESP32 application (signing-gzip-images.md 3.4);
/// empty without one.
[[nodiscard]] std::string application_version_in(firmware::Flash& flash,
                                                 const firmware::FlashMap& map,
                                                 ChipFamily chip);

}  // namespace otatool::device
