// Gathers the facts: sockets of this computer, and harmless packets to one device. Multicast of the
// self-test has a TTL of 0 and leaves for nowhere. Prints nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otatool/doctor/facts.hpp"

namespace otatool::doctor {

/// Takes less than half a second.
[[nodiscard]] LocalFacts examine_this_computer(std::uint16_t mdns_port);

/// Sends each UDP port one well-formed response to a challenge that was never made, which every
/// receiver ignores without a word (espota.md 1.3), and begins a TCP connection to each TCP port,
/// which is dropped as soon as it stands. Answers as far as they come within a second.
struct PortProbes {
  std::vector<UdpProbe> udp;
  std::vector<TcpProbe> tcp;
};
[[nodiscard]] PortProbes probe_ports(const std::string& address,
                                     std::vector<std::uint16_t> udp_ports,
                                     std::vector<std::uint16_t> tcp_ports);

/// Listens at this address, on any port, and connects to it.
[[nodiscard]] ListenerTest test_listener(const std::string& address);

}  // namespace otatool::doctor
