// The network interfaces of this host with multicast, and the choice of those for a service. Opens
// no socket.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>  // wants <utility> before it in Boost 1.74

#include "otatool/result.hpp"

namespace otatool::announce {

struct NetworkInterface {
  std::string name;
  unsigned index = 0;
  bool loopback = false;
  std::vector<boost::asio::ip::address> addresses;  ///< link-local ones of IPv6 with their scope
};

/// All interfaces that are up and can do multicast, with loopback, which lacks the flag. Excludes
/// point-to-point links.
[[nodiscard]] std::vector<NetworkInterface> multicast_interfaces();

/// The interfaces of `all` that lead to a socket bound to `local`, with the addresses that do. For
/// an unspecified address: all addresses of its family (both for `::`), loopback only without
/// others. For another address: its interface. `names`, if not empty, selects interfaces; NotFound
/// for a name that is not in `all`.
[[nodiscard]] Result<std::vector<NetworkInterface>> interfaces_for(
    const boost::asio::ip::address& local,
    std::span<const NetworkInterface> all,
    std::span<const std::string> names);

}  // namespace otatool::announce
