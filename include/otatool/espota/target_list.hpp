// Parses targets: `HOST[:PORT]`, and the text of a targets file. Reads no file, resolves no name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/chip_family.hpp"
#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

namespace otatool::espota {

/// A host and an optional port.
struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
};
/// Parses `192.0.2.7`, `kitchen.local:8266`, `[2001:db8::1]:3232`, `2001:db8::1` or `Kitchen
/// light`. Fails with Usage.
[[nodiscard]] Result<HostPort> parse_host_port(std::string_view text);
/// The inverse of parse_host_port; puts an IPv6 literal in brackets.
[[nodiscard]] std::string format_host_port(std::string_view host, std::uint16_t port);

/// One line of a targets file.
struct TargetLine {
  HostPort address;
  ChipFamily chip = ChipFamily::Unknown;
  std::string password_file;  ///< as written, empty if none; relative to the file's folder
  std::size_t line = 0;       ///< from 1
};
/// Each line has the form `HOST[:PORT] [chip=esp8266|esp32] [port=N] [password-file=PATH]`. A `#`
/// at the start of a line or after a blank begins a comment. A PATH with blanks needs double
/// quotes. Fails with Usage and the line number.
[[nodiscard]] Result<std::vector<TargetLine>> parse_target_list(std::string_view text);

}  // namespace otatool::espota
