// How a device keeps its password, and which challenge that makes.
#pragma once

#include "otatool/device/virtual_device.hpp"
#include "otatool/secret.hpp"

#include "firmware/core/authenticator.hpp"

namespace otatool::device {

/// The stored form of a password: its MD5 or SHA-256 in hex (espota.md 1.2, 2.2).
[[nodiscard]] Secret stored_form(const Secret& password, AuthHash hash);

[[nodiscard]] firmware::AuthScheme scheme_of(const DeviceOptions& options);

}  // namespace otatool::device
