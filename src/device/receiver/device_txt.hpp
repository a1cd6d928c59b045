// The TXT record of a virtual device. No sockets.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/device/virtual_device.hpp"

#include "firmware/core/boot/flash_map.hpp"

namespace otatool::device {

/// Layout of the flash and size of the running application.
struct DeviceSpace {
  firmware::FlashMap map;
  std::uint32_t flash_size;        ///< bytes
  std::uint32_t application_size;  ///< bytes
};

/// Record data with the four stock keys and every capability of wire/ota_txt.hpp.
[[nodiscard]] std::vector<std::uint8_t> device_txt(const DeviceOptions& options,
                                                   const DeviceSpace& space);

}  // namespace otatool::device
