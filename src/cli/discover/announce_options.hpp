// Options of every command that makes something known by mDNS.
#pragma once

#include <cstddef>
#include <string_view>

#include "otatool/announce/announcement.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"

namespace otatool::cli {

class Invocation;

inline constexpr Option kAnnounceInterfaceOption{
    .name = "iface",
    .value = "IF",
    .help = "announce it on this interface (those of the address it listens on)",
    .repeatable = true};

/// `--name`, `--iface` and `--mdns-port`; `what` has the name. Usage errors.
[[nodiscard]] Result<announce::AnnounceOptions> read_announcement(const Invocation& invocation,
                                                                  std::string_view what);

/// Whether people and terminals can take `text`, and a record of DNS has room for it; `what` it is.
/// Usage.
[[nodiscard]] Result<void> check_txt_text(std::string_view what,
                                          std::string_view text,
                                          std::size_t longest);

}  // namespace otatool::cli
