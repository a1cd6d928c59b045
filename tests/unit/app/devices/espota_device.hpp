// An espota device for tests: `kitchen` at 192.0.2.7:8266.
#pragma once

#include "otatool/mdns/device.hpp"

namespace otatool::app {

inline mdns::Device espota_device() {
  mdns::Device device;
  device.name = "kitchen";
  device.type = mdns::kArduinoType;
  device.host = "kitchen.local";
  device.addresses = {{"192.0.2.7", "eth0", false}};
  device.port = 8266;
  device.kind = mdns::Kind::Espota;
  return device;
}

}  // namespace otatool::app
