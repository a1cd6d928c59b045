// Gathers the facts of doctor: opens sockets on this computer and sends harmless packets to one
// device. Prints nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/doctor/facts.hpp"

namespace otatool::doctor {

/// Takes less than half a second. Its multicast packets have a TTL of 0 and never leave this
/// computer.
[[nodiscard]] LocalFacts examine_this_computer(std::uint16_t mdns_port);

struct PortProbes {
  std::vector<UdpProbe> udp;
  std::vector<TcpProbe> tcp;
};
/// Sends each UDP port a well-formed response to a challenge that was never sent; receivers ignore
/// it (espota.md 1.3). Opens a connection to each TCP port and closes it at once. Waits one second.
[[nodiscard]] PortProbes probe_ports(const std::string& address,
                                     std::vector<std::uint16_t> udp_ports,
                                     std::vector<std::uint16_t> tcp_ports);

/// Listens at any TCP port of this local address and connects to it. Waits one second.
[[nodiscard]] ListenerTest test_listener(const std::string& address);

}  // namespace otatool::doctor
