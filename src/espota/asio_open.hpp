// Opening the sockets of an attempt: which local address, which port, which options.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include "otatool/result.hpp"

#include "espota/asio_link.hpp"

namespace otatool::espota {

/// The address from which packets to the device leave, or the one to bind to. NetworkFailed without
/// a route, ListenFailed for an address that is none or of the other family.
[[nodiscard]] Result<boost::asio::ip::address> local_address_for(boost::asio::io_context& io,
                                                                 const LinkOptions& options);

/// A listener on the first free port of the range. ListenFailed when there is none.
[[nodiscard]] Result<boost::asio::ip::tcp::acceptor> listen_in_range(
    boost::asio::io_context& io, const boost::asio::ip::address& address, PortRange ports);

/// A UDP socket that hears answers from any port of the device, and ICMP errors. ListenFailed.
[[nodiscard]] Result<boost::asio::ip::udp::socket> open_udp(
    boost::asio::io_context& io, const boost::asio::ip::address& address);

}  // namespace otatool::espota
