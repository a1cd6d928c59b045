// The errors that a device reports with one byte (esphome-ota.md 6).
#pragma once

#include <cstdint>

#include "otatool/error.hpp"

namespace otatool::esphome {

/// `fault` is 0x80 or more. PasswordRefused, EncryptionNeeded or DeviceReported.
[[nodiscard]] Error device_error(std::uint8_t fault);

}  // namespace otatool::esphome
