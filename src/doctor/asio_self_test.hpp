// Tests whether multicast packets of this computer come back in. The packets have a TTL of 0 and
// never leave this computer, but they pass the firewall rules for incoming packets of the
// interface.
#pragma once

#include <cstdint>
#include <vector>

#include "otatool/doctor/facts.hpp"

namespace otatool::doctor {

/// Sets the echoes of every interface that is up, supports multicast and has an IPv4 address.
void test_echoes(std::vector<InterfaceFacts>& interfaces, std::uint16_t mdns_port);

/// Why no socket can share UDP port `port` of this computer; nothing if one can.
[[nodiscard]] std::optional<std::string> sharing_failure(std::uint16_t port);

}  // namespace otatool::doctor
