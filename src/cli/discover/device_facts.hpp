// What devices say of themselves by mDNS, in the words of wire/ota_txt.hpp.
#pragma once

#include <string>

#include "otatool/mdns/device.hpp"
#include "otatool/wire/ota_txt.hpp"

namespace otatool::cli {

/// The TXT record of a device of `_arduino._tcp`. Its texts point into the device.
[[nodiscard]] wire::OtaTxt ota_txt_of(const mdns::Device& device);

/// Whether an espota upload can go there, judged by its service.
[[nodiscard]] bool takes_espota(const mdns::Device& device);

/// `kitchen at 192.0.2.7:8266 (d1_mini)`.
[[nodiscard]] std::string describe_device(const mdns::Device& device);

}  // namespace otatool::cli
