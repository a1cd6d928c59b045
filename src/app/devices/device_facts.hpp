// The facts that a device announces by mDNS, in the terms of wire/ota_txt.hpp.
#pragma once

#include <string>

#include "otatool/mdns/device.hpp"
#include "otatool/wire/ota_txt.hpp"

namespace otatool::app {

/// The TXT record of a device of `_arduino._tcp`. The texts point into `device`.
[[nodiscard]] wire::OtaTxt ota_txt_of(const mdns::Device& device);

/// The version of the firmware in the TXT record: of the project of an ESPHome device, else of its
/// firmware (field-firmwares.md 2); empty if it has none.
[[nodiscard]] std::string version_of(const mdns::Device& device);

/// For example `kitchen at 192.0.2.7:8266 (d1_mini)`.
[[nodiscard]] std::string describe_device(const mdns::Device& device);

}  // namespace otatool::app
