// Asks a device which application it runs (delta.md 4). Changes nothing on the device.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "espota/asio_link.hpp"

namespace otatool::espota {

/// What the device at one of `ports` runs; nothing if it does not answer, applies no difference
/// updates, or has too little memory for them. Waits a few seconds for a device that must read its
/// flash first.
[[nodiscard]] boost::asio::awaitable<std::optional<RunningImage>> ask_running(
    boost::asio::io_context& io,
    LinkOptions where,
    std::vector<std::uint16_t> ports,
    std::stop_token stop);

}  // namespace otatool::espota
