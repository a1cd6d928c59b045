// The application that lies in flash, as a device finds it when it starts: from the image itself,
// since nothing else tells what was written there. Reads flash only.
#pragma once

#include <cstdint>
#include <string>

#include "otatool/device/virtual_device.hpp"

#include "firmware/core/boot/flash_map.hpp"

namespace otatool::device {

/// Length in bytes by the image's own segments, as ESP.getSketchSize() finds it, and the signature
/// of an ESP8266 image that was written with it (signing-gzip-images.md 1.1). 0 when there is no
/// image. An ESP8266's sketch lies behind the loader of the Arduino core or that of firmware/boot.
[[nodiscard]] std::uint32_t application_size_in(firmware::Flash& flash,
                                                const firmware::FlashMap& map,
                                                ChipFamily chip);

/// Lower-case hex of the first `size` bytes of the application region; empty for 0 and for a flash
/// that fails.
[[nodiscard]] std::string application_md5_in(firmware::Flash& flash,
                                             const firmware::FlashMap& map,
                                             std::uint32_t size);

}  // namespace otatool::device
