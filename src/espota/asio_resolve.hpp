// From a host as the user wrote it to the addresses to try.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>

#include "otatool/result.hpp"

namespace otatool::espota {

/// A literal as it is, a name by getaddrinfo: IPv4 addresses first, since most devices speak
/// nothing else; unspecified ones, which some resolvers answer with to block a name, are left out.
/// Fails with NotFound. Both references must outlive the call.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<boost::asio::ip::address>>> resolve_host(
    boost::asio::ip::udp::resolver& resolver, const std::string& host);

}  // namespace otatool::espota
