#include "firmware/arduino/esp32_platform.hpp"

#include <ESPmDNS.h>
#include <stdio.h>

namespace otatool::arduino {

String Platform::hostname() {
  char name[20];
  const uint64_t address = ESP.getEfuseMac();
  snprintf(name,
           sizeof(name),
           "esp32-%04x%08x",
           static_cast<unsigned>(address >> 32 & 0xFFFF),
           static_cast<unsigned>(address & 0xFFFFFFFF));
  return name;
}

void Platform::begin_mdns(const char* hostname, uint16_t port, bool password) {
  MDNS.begin(hostname);
  MDNS.enableArduino(port, password);
}

void Platform::end_mdns() {
  MDNS.end();
}

}  // namespace otatool::arduino
