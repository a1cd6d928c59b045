// The two families of chips that otatool updates, as host and device distinguish them.
#pragma once

#include <stdint.h>

#include "otatool/wire/espota.hpp"

namespace otatool::wire {

enum class ChipFamily : uint8_t {
  Unknown,
  Esp8266,  ///< ESP8266 and ESP8285
  Esp32,    ///< all others
};

/// The UDP port that ArduinoOTA listens on (espota.md 1.1 and 2.1). Unknown counts as ESP8266.
constexpr uint16_t default_port(ChipFamily family) {
  return family == ChipFamily::Esp32 ? kEsp32Port : kEsp8266Port;
}

}  // namespace otatool::wire
