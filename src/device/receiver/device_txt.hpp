// The TXT record of a virtual device. No sockets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/device/virtual_device.hpp"

#include "firmware/core/boot/flash_map.hpp"

namespace otatool::device {

/// Layout of the flash, and the running application.
struct DeviceSpace {
  firmware::FlashMap map;
  std::uint32_t flash_size;              ///< bytes
  std::uint32_t application_size;        ///< bytes
  std::string application_version = {};  ///< empty: it states none
  std::string application_md5 = {};      ///< empty: no application
};

/// The service of an ESPHome device, without `._tcp`, and the port of its API, which is not served.
inline constexpr const char* kEsphomeService = "_esphomelib";
inline constexpr std::uint16_t kEsphomeApiPort = 6053;

/// Record data of an ESPHome device called `name` (discovery.md 1.2). The configuration is the
/// image, so `config_hash` is the start of its MD5.
[[nodiscard]] std::vector<std::uint8_t> esphome_txt(const DeviceOptions& options,
                                                    const DeviceSpace& space,
                                                    const std::string& name);

/// Record data with the four stock keys and every capability of wire/ota_txt.hpp.
[[nodiscard]] std::vector<std::uint8_t> device_txt(const DeviceOptions& options,
                                                   const DeviceSpace& space);

}  // namespace otatool::device
