// The stored form of a device's password, and the hash of its challenge.
#pragma once

#include "otatool/device/virtual_device.hpp"
#include "otatool/secret.hpp"
#include "otatool/wire/espota.hpp"

namespace otatool::device {

/// The stored form of a password: its MD5 or SHA-256 in hex (espota.md 1.2, 2.2).
[[nodiscard]] Secret stored_form(const Secret& password, wire::AuthHash hash);

/// None without a password.
[[nodiscard]] wire::AuthHash auth_hash(const DeviceOptions& options);

}  // namespace otatool::device
