// The name of a virtual device that was given none.
#pragma once

#include <cstdint>
#include <string>

#include "otatool/device/virtual_device.hpp"

namespace otatool::device {

/// The form of the cores: `esp8266-` and six hex digits, `esp32-` and twelve. The digits are a hash
/// of this computer's host name and `port`, so that a device keeps its name.
[[nodiscard]] std::string default_device_name(ChipFamily chip, std::uint16_t port);

}  // namespace otatool::device
