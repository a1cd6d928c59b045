// The announcement of `serve` by mDNS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "otatool/announce/announcement.hpp"
#include "otatool/http/server.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"

namespace otatool::cli {

class Invocation;

inline constexpr Option kAnnounceOption{.name = "announce",
                                        .help = "announce the server by mDNS as _http._tcp"};
inline constexpr Option kServerNameOption{
    .name = "name", .value = "NAME", .help = "name to announce (otatool-HOSTNAME)"};

/// Reads the options of the announcement; nothing without --announce. Usage.
[[nodiscard]] Result<std::optional<announce::AnnounceOptions>> serve_announcement(
    const Invocation& invocation);

/// The service to announce for a server at `port`.
[[nodiscard]] announce::Service announced_server(const http::ServerOptions& options,
                                                 std::uint16_t port);

}  // namespace otatool::cli
