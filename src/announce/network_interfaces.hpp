// The network interfaces of this host that multicast DNS can use, and which of them lead to a
// socket. Opens no socket.
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

/// Those that are up and can do multicast, which loopback can although it does not say so. Point to
/// point links are left out: there is nobody to browse.
[[nodiscard]] std::vector<NetworkInterface> multicast_interfaces();

/// What of `all` reaches a socket bound to `local`, with the addresses that do: for an unspecified
/// address those of its family (both for `::`), loopback only if nothing else is there; for another
/// one the interface that has it. `names` chooses instead, if it is not empty; NotFound for a name
/// that is none of `all`.
[[nodiscard]] Result<std::vector<NetworkInterface>> interfaces_for(
    const boost::asio::ip::address& local,
    std::span<const NetworkInterface> all,
    std::span<const std::string> names);

}  // namespace otatool::announce
