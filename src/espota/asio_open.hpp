// Opens the sockets of an attempt: chooses the local address and port, sets options.
#pragma once

#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "otatool/result.hpp"

#include "espota/asio_link.hpp"

namespace otatool::espota {

/// The interface to which the sockets are bound where the system permits it, so that no route of a
/// VPN applies: `options.interface`, else that of `options.bind_address`. Empty for the route's
/// choice, and for a device at an address of this computer, which is reached through loopback.
[[nodiscard]] std::string interface_for(const LinkOptions& options);

/// The source address of packets to the device, or the address of `bind_address`. NetworkFailed
/// without a route; ListenFailed for an invalid address or one of the other address family.
[[nodiscard]] Result<boost::asio::ip::address> local_address_for(boost::asio::io_context& io,
                                                                 const LinkOptions& options);

/// A listener on the first free port of `options.host_ports`. ListenFailed if none is free.
[[nodiscard]] Result<boost::asio::ip::tcp::acceptor> listen_in_range(
    boost::asio::io_context& io,
    const boost::asio::ip::address& address,
    const LinkOptions& options);

/// A UDP socket that receives datagrams from any port and reports ICMP errors. ListenFailed.
[[nodiscard]] Result<boost::asio::ip::udp::socket> open_udp(boost::asio::io_context& io,
                                                            const boost::asio::ip::address& address,
                                                            const std::string& interface);

}  // namespace otatool::espota
