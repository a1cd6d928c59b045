// The Arduino core of an ESP32 as far as OtatoolOTA uses it: defines what stand_in/common and
// stand_in/esp32 declare. One web client at a time, whose bytes a test supplies.
#pragma once

#include <string>

namespace otatool::test {

/// ESP.restart() throws it.
struct Restarted {};

struct ArduinoModel {
  std::string announced;  ///< host name, port and whether there is a password, of the last call
  std::string request;    ///< unread bytes of the web client; empty: there is none
  std::string response;   ///< all that the sketch wrote to it
};

/// The chip of the declared functions.
extern ArduinoModel arduino_model;

}  // namespace otatool::test
