// Looks whether a device is there: one TCP connection, closed at once. Sends no byte over it.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "otatool/delivery/confirmation.hpp"
#include "otatool/delivery/local_end.hpp"

#include "delivery/asio_delivery.hpp"

namespace otatool::delivery {

/// Connects within `limit`. Up: it was accepted; Closed: it was refused.
[[nodiscard]] boost::asio::awaitable<Sight::State> look_at_port(
    boost::asio::io_context& io,
    boost::asio::ip::tcp::endpoint device,
    LocalEnd local,
    std::stop_token stop,
    std::chrono::milliseconds limit = kLongestLook);

/// Calls `tell` with the address in a thread of its own, because it blocks, and waits for its end.
[[nodiscard]] boost::asio::awaitable<std::optional<Identity>> ask(boost::asio::io_context& io,
                                                                  const Tell& tell,
                                                                  std::string address);

}  // namespace otatool::delivery
