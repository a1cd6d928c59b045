// The interfaces of this host on which multicast DNS can be spoken. Sends nothing.
#pragma once

#include <string>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::mdns {

struct Interface {
  std::string name;
  unsigned index = 0;
  bool loopback = false;
  std::string ipv4;  ///< the first address; empty if there is none
  std::string ipv6;  ///< a link-local one before others; empty if there is none
};

/// Interfaces that are up and can do multicast. Loopback can although it does not say so
/// (discovery.md 3.5). With `wanted` only these, tunnels included, and NotFound for one that there
/// is not.
[[nodiscard]] Result<std::vector<Interface>> usable_interfaces(
    const std::vector<std::string>& wanted);

}  // namespace otatool::mdns
