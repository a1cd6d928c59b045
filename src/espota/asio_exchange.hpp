// Runs one Session over one AsioLink: performs its actions and reports events to it.
#pragma once

#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74

#include "otatool/bytes.hpp"
#include "otatool/delivery/transfer.hpp"
#include "otatool/espota/session.hpp"

#include "delivery/asio_fair_yield.hpp"
#include "espota/asio_link.hpp"

namespace otatool::espota {

[[nodiscard]] delivery::Auth auth_of(wire::AuthHash hash);

/// Runs `session` to its end and returns its error, or Interrupted after AsioLink::interrupt().
/// Reports phases, progress, refused peers and messages to `listener`. All references must outlive
/// the call.
[[nodiscard]] boost::asio::awaitable<std::optional<Error>> exchange(
    AsioLink& link,
    Session& session,
    Bytes image,
    delivery::FairYield& fair_yield,
    const delivery::Listener& listener);

}  // namespace otatool::espota
