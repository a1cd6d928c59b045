// A device that a configuration file knows by name: `[device.NAME]`.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace otatool::cli {

/// In the order of espota::Chip.
inline constexpr std::array<std::string_view, 3> kChipNames = {"auto", "esp8266", "esp32"};

struct ConfiguredDevice {
  std::string host;                               ///< never empty
  std::optional<std::uint16_t> port = {};         ///< 1 to 65535
  std::optional<std::string> chip = {};           ///< one of kChipNames
  std::optional<std::string> password_file = {};  ///< ready to be opened from the working folder
  std::optional<std::string> layout = {};         ///< as written
  std::string place = {};                         ///< for messages: `/project/otatool.toml:7`
};

/// By name.
using ConfiguredDevices = std::map<std::string, ConfiguredDevice, std::less<>>;

}  // namespace otatool::cli
