// The two families of chips that otatool updates. A chip (image/chip.hpp) belongs to one of them.
#pragma once

#include <string_view>

#include "otatool/wire/chip_family.hpp"

namespace otatool::wire {

/// `esp8266`, `esp32` or `unknown`.
[[nodiscard]] constexpr std::string_view to_string(ChipFamily family) {
  switch (family) {
    case ChipFamily::Esp8266:
      return "esp8266";
    case ChipFamily::Esp32:
      return "esp32";
    case ChipFamily::Unknown:
      break;
  }
  return "unknown";
}

}  // namespace otatool::wire

namespace otatool {

using wire::ChipFamily;
using wire::default_port;

}  // namespace otatool
