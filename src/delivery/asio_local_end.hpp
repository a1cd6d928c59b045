// Binds sockets to the local address and interface that the user has chosen.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "otatool/delivery/local_end.hpp"
#include "otatool/error.hpp"
#include "otatool/result.hpp"

namespace otatool::delivery {

/// The interface to which the sockets are bound where the system permits it, so that no route of a
/// VPN applies: `end.interface`, else that of `end.address`. Empty for the route's choice, and for
/// a device at an address of this computer, which is reached through loopback.
[[nodiscard]] std::string interface_for(const LocalEnd& end,
                                        const boost::asio::ip::address& device);

/// Binds an open socket to the interface; empty: no effect. Linux permits this to all users since
/// version 5.7. Without permission the route decides.
void bind_to_interface(int socket, const std::string& interface);

/// `end.address`, which is not empty. ListenFailed if it is not an IP address, or one of another
/// address family than that of the device.
[[nodiscard]] Result<boost::asio::ip::address> parse_local_address(
    const LocalEnd& end, const boost::asio::ip::address& device);

/// Opens a socket for a connection to `device`: binds it to the local end and limits TCP segments
/// in both directions to `segment_size` bytes, 0 for no limit. As parse_local_address; ListenFailed
/// if the address is none of this computer; NetworkFailed without a socket.
[[nodiscard]] std::optional<Error> open_towards(boost::asio::ip::tcp::socket& socket,
                                                const boost::asio::ip::address& device,
                                                const LocalEnd& end,
                                                int segment_size);

}  // namespace otatool::delivery
