// A device of a configuration file: `[device.NAME]`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/chip_family.hpp"

namespace otatool::cli {

struct ConfiguredDevice {
  std::string host;                        ///< never empty
  std::optional<std::uint16_t> port = {};  ///< 1 to 65535
  std::optional<ChipFamily> chip = {};
  std::optional<std::string> password_file = {};        ///< resolved by path_from()
  std::optional<std::string> encryption_key_file = {};  ///< resolved by path_from()
  std::optional<std::string> via = {};                  ///< as written
  std::optional<std::string> layout = {};               ///< as written
  std::string place = {};                               ///< for messages: `/project/otatool.toml:7`
};

/// By name.
using ConfiguredDevices = std::map<std::string, ConfiguredDevice, std::less<>>;

}  // namespace otatool::cli
