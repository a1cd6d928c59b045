// What OtatoolOTA needs of the chip that it is compiled for: class Platform.
#pragma once

#if defined(ARDUINO_ARCH_ESP8266)
#include "firmware/arduino/esp8266_platform.hpp"
#elif defined(ARDUINO_ARCH_ESP32)
#include "firmware/arduino/esp32_platform.hpp"
#else
#error "OtatoolOTA is for ESP8266 and ESP32"
#endif
