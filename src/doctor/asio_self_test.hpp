// Whether packets of this computer to a multicast group come back in. They carry a TTL of 0 and
// leave for nowhere, but pass the firewall's rules for what comes in through the interface.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/doctor/facts.hpp"

namespace otatool::doctor {

/// Fills in the echoes of every interface that is up, can do multicast and has an IPv4 address.
void test_echoes(std::vector<InterfaceFacts>& interfaces, std::uint16_t mdns_port);

/// Why no socket can share UDP port `port` of this computer; nothing if one can.
[[nodiscard]] std::optional<std::string> sharing_failure(std::uint16_t port);

}  // namespace otatool::doctor
