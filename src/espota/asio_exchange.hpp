// Drives one Session over one AsioLink: performs its actions, reports what happened.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74

#include "otatool/bytes.hpp"
#include "otatool/espota/session.hpp"
#include "otatool/espota/upload.hpp"

#include "espota/asio_link.hpp"
#include "espota/asio_turnstile.hpp"

namespace otatool::espota {

using UploadListener = std::function<void(const UploadEvent&)>;

/// Runs `session` to its end and returns its error, or Interrupted after AsioLink::wake(). On the
/// way tells `listener` of phases, progress, strangers and the wire. All references must outlive
/// the call.
[[nodiscard]] boost::asio::awaitable<std::optional<Error>> exchange(AsioLink& link,
                                                                    Session& session,
                                                                    Bytes image,
                                                                    AsioTurnstile& turnstile,
                                                                    const UploadListener& listener);

}  // namespace otatool::espota
