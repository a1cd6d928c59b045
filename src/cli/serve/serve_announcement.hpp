// How `serve` makes itself known by mDNS, if it is asked to.
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
                                        .help = "make it known by mDNS, as _http._tcp"};
inline constexpr Option kServerNameOption{
    .name = "name", .value = "NAME", .help = "the name to be found by (otatool-HOSTNAME)"};

/// What the options say about mDNS; nothing if they do not ask for it. Usage.
[[nodiscard]] Result<std::optional<announce::AnnounceOptions>> serve_announcement(
    const Invocation& invocation);

/// The server of these options, to be found at `port`.
[[nodiscard]] announce::Service announced_server(const http::ServerOptions& options,
                                                 std::uint16_t port);

}  // namespace otatool::cli
