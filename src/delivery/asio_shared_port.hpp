// Listening where others on this computer listen, too: mDNS has one port for everybody.
#pragma once

#include <string_view>

#include <boost/asio/ip/udp.hpp>
#include <boost/system/error_code.hpp>

namespace otatool::delivery {

/// Binds an open socket to a port that others may have as well (RFC 6762 15.1): by SO_REUSEADDR,
/// and by SO_REUSEPORT where somebody shares by that alone. It is the second choice: of sockets
/// that have it, Linux hands a packet to one, which may be another interface's or another
/// process's. Those bound to an interface stand apart, so for a multicast group `interface`, where
/// given, is bound to first; before Linux 5.7 that takes a privilege, and is done without.
boost::system::error_code bind_shared(boost::asio::ip::udp::socket& socket,
                                      const boost::asio::ip::udp::endpoint& local,
                                      std::string_view interface = {});

}  // namespace otatool::delivery
