// Random numbers of an ESP32's generator; they are unpredictable while Wi-Fi or Bluetooth is on.
#pragma once

#include <esp_random.h>

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class Esp32Random final : public Random {
 public:
  void fill(uint8_t* bytes, size_t length) override { esp_fill_random(bytes, length); }
};

}  // namespace otatool::firmware
