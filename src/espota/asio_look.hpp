// Looks whether an espota device is there. Sends nothing that a receiver takes for an invitation.
#pragma once

#include <cstdint>
#include <stop_token>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>

#include "otatool/delivery/confirmation.hpp"

#include "espota/asio_link.hpp"

namespace otatool::espota {

/// Up: the host answers a TCP connection, also by a refusal, and at least one of its UDP `ports` is
/// not closed. Receivers ignore the response to a challenge that was never sent, which the look
/// sends to them (espota.md 1.3).
[[nodiscard]] boost::asio::awaitable<delivery::Sight::State> look_at_device(
    boost::asio::io_context& io,
    LinkOptions where,
    std::vector<std::uint16_t> ports,
    std::stop_token stop);

}  // namespace otatool::espota
