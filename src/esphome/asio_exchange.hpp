// Performs the actions of a Session on a connection and reports its events.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74

#include "otatool/delivery/transfer.hpp"
#include "otatool/esphome/session.hpp"

#include "esphome/asio_link.hpp"

namespace otatool::esphome {

[[nodiscard]] delivery::Auth auth_of(const Session& session);

/// PayloadChosen or PayloadRefused.
using PayloadSource = std::function<Event(bool gzip)>;

/// Returns when the session has ended, with its error, or with Interrupted.
[[nodiscard]] boost::asio::awaitable<std::optional<Error>> exchange(
    AsioLink& link,
    Session& session,
    const PayloadSource& payload,
    const delivery::Listener& listener);

}  // namespace otatool::esphome
