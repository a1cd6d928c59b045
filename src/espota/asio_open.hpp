// Opens the sockets of an attempt: chooses the local address and port, sets options.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "otatool/result.hpp"

#include "espota/asio_link.hpp"

namespace otatool::espota {

/// The source address of packets to the device, or the address of `bind_address`. NetworkFailed
/// without a route; ListenFailed for an invalid address or one of the other address family.
[[nodiscard]] Result<boost::asio::ip::address> local_address_for(boost::asio::io_context& io,
                                                                 const LinkOptions& options);

/// A listener on the first free port of the range. ListenFailed if none is free. `segment_size`:
/// the largest TCP segment in both directions, 0 for that of the route.
[[nodiscard]] Result<boost::asio::ip::tcp::acceptor> listen_in_range(
    boost::asio::io_context& io,
    const boost::asio::ip::address& address,
    PortRange ports,
    int segment_size);

/// A UDP socket that receives datagrams from any port and reports ICMP errors. ListenFailed.
[[nodiscard]] Result<boost::asio::ip::udp::socket> open_udp(
    boost::asio::io_context& io, const boost::asio::ip::address& address);

}  // namespace otatool::espota
