// Classifies a device by its service type, port and TXT record (discovery.md 1.1, 1.2).
#pragma once

#include "otatool/mdns/device.hpp"

namespace otatool::mdns {

/// Sets kind, board, auth and mac of `device` from its type, name, host, port and TXT record.
void classify(Device& device);

/// True if a device of `_http._tcp` shows signs of a firmware with updates over the air: Tasmota,
/// Shelly, WLED, ESPHome without its API.
[[nodiscard]] bool is_updatable_http(const Device& device);

}  // namespace otatool::mdns
