// Converts addresses between Asio and firmware/core.
#pragma once

#include <string>

#include <boost/asio/ip/address.hpp>

#include "firmware/core/port.hpp"

namespace otatool::announce {

[[nodiscard]] firmware::Endpoint to_firmware(const boost::asio::ip::address& address,
                                             std::uint16_t port);
[[nodiscard]] boost::asio::ip::address to_asio(const firmware::Endpoint& endpoint);
/// `192.0.2.1:5000`, `[2001:db8::1]:5000`
[[nodiscard]] std::string to_text(const firmware::Endpoint& endpoint);

}  // namespace otatool::announce
