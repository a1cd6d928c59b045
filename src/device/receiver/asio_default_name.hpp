// The default name of a virtual device.
#pragma once

#include <cstdint>
#include <string>

#include "otatool/device/virtual_device.hpp"

namespace otatool::device {

/// `esp8266-` and six hex digits or `esp32-` and twelve, like the cores. The digits are a hash of
/// this computer's host name and `port`, so that the name is stable.
[[nodiscard]] std::string default_device_name(ChipFamily chip, std::uint16_t port);

}  // namespace otatool::device
