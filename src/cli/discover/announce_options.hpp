// The options of commands that announce a service by mDNS.
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
    .help = "announce only on this interface (default: those of the listening address)",
    .repeatable = true};

/// Reads `--name`, `--iface` and `--mdns-port`. `what` describes the name in errors. Usage for
/// invalid values.
[[nodiscard]] Result<announce::AnnounceOptions> read_announcement(const Invocation& invocation,
                                                                  std::string_view what);

/// Checks that `text` is printable and has 1 to `longest` bytes. `what` describes the text in the
/// error. Usage otherwise.
[[nodiscard]] Result<void> check_txt_text(std::string_view what,
                                          std::string_view text,
                                          std::size_t longest);

}  // namespace otatool::cli
