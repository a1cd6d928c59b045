// Opens the sockets of an attempt: chooses the local address and port, sets options.
#pragma once

#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "otatool/result.hpp"

#include "espota/asio_link.hpp"

namespace otatool::espota {

/// The source address of packets to the device, or `options.local.address`. NetworkFailed without a
/// route; otherwise fails as delivery::parse_local_address.
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
