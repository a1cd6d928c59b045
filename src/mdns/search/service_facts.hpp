// What the service type, port and TXT record of a device say about it (discovery.md 1.1, 1.2).
#pragma once

#include "otatool/mdns/device.hpp"

namespace otatool::mdns {

/// Sets kind, board, auth and mac of `device` by its type, name, host, port and TXT record.
void judge(Device& device);

/// Whether a device of `_http._tcp` shows a sign of firmware that can be updated over the air:
/// Tasmota, Shelly, WLED, ESPHome without its API.
[[nodiscard]] bool is_updatable_http(const Device& device);

}  // namespace otatool::mdns
