// Lists the network interfaces of this host that support multicast DNS. Sends nothing.
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
  std::string ipv6;  ///< a link-local address if there is one; empty if there is no address
};

/// The interfaces that are up and support multicast: loopback too, although its flags do not say so
/// (discovery.md 3.5), but no tunnels. With `wanted` only these, tunnels included; Usage error for
/// an unknown one.
[[nodiscard]] Result<std::vector<Interface>> usable_interfaces(
    const std::vector<std::string>& wanted);

}  // namespace otatool::mdns
