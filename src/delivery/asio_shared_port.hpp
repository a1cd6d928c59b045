// Binds a UDP socket to a port that other programs on this computer may use, too, as mDNS needs it.
#pragma once

#include <string_view>

#include <boost/asio/ip/udp.hpp>
#include <boost/system/error_code.hpp>

namespace otatool::delivery {

/// Binds an open socket to a shared port (RFC 6762 15.1): with SO_REUSEADDR, or with SO_REUSEPORT
/// if the port's other user has only that. SO_REUSEPORT is the second choice, because Linux
/// delivers a packet to only one of these sockets, which may belong to another interface or
/// process. A socket that is bound to an interface is not part of that group; therefore a socket of
/// a multicast group is bound to `interface` first. Before Linux 5.7 this needs a privilege;
/// without it the step is skipped.
boost::system::error_code bind_shared(boost::asio::ip::udp::socket& socket,
                                      const boost::asio::ip::udp::endpoint& local,
                                      std::string_view interface = {});

}  // namespace otatool::delivery
