// Targets as users write them: `HOST[:PORT]` on the command line, and a list of them in a file.
// Text in, values out; reads no file and resolves no name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

namespace otatool::espota {

/// A host and, if one was written, a port. IPv6 literals with a port stand in brackets.
struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
};
/// `192.0.2.7`, `kitchen.local:8266`, `[2001:db8::1]:3232`, `2001:db8::1`,
/// `Kitchen light`. Fails with Usage.
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);
/// The same backwards: what parse_host_port reads as `host` and `port`.
[[nodiscard]] std::string format_host_port(std::string_view host, std::uint16_t port);

/// One line of a targets file.
struct TargetLine {
  HostPort address;
  Chip chip = Chip::Auto;
  std::string password_file;  ///< as written, empty if none; relative to the file's folder
  std::size_t line = 0;       ///< from 1
};
/// One target a line: `HOST[:PORT] [chip=esp8266|esp32] [port=N] [password-file=PATH]`; blank lines
/// and what follows a `#` at the start or after a blank are skipped; a PATH with blanks stands in
/// double quotes. Fails with Usage, naming the line.
[[nodiscard]] Result<std::vector<TargetLine>> parse_target_list(std::string_view text);

}  // namespace otatool::espota
