#include "cli/io/printable.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

#include "otatool/utf8.hpp"

#include "cli/io/pins.hpp"

namespace otatool::cli {
namespace {

bool is_harmless(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool direction = code == 0x061C || code == 0x200E || code == 0x200F ||
                         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool separator = code == 0x2028 || code == 0x2029;
  return !control && !direction && !separator;
}

/// How many bytes at the start are visible ASCII characters or spaces.
std::size_t plain_length(std::string_view text) {
  const auto end =
      std::ranges::find_if(text, [](char letter) { return letter < ' ' || letter > '~'; });
  return static_cast<std::size_t>(end - text.begin());
}

std::string escaped(std::string_view text, bool several_lines) {
  std::string safe;
  safe.reserve(text.size());
  while (true) {
    const std::size_t plain = plain_length(text);
    safe += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) {
      break;
    }
    const Utf8Character next = first_utf8_character(text);
    const bool layout = several_lines && (next.code == '\n' || next.code == '\t');
    if (!next.valid) {
      safe += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[0]));
    } else if (layout || is_harmless(next.code)) {
      safe += text.substr(0, next.length);
    } else if (next.code < 0x80) {
      safe += fmt::format("\\x{:02x}", next.code);
    } else {
      safe += fmt::format("\\u{:04x}", next.code);
    }
    text.remove_prefix(next.length);
  }
  return without_pins(std::move(safe));
}

}  // namespace

std::string printable(std::string_view text) {
  return escaped(text, false);
}

std::string printable_lines(std::string_view text) {
  return escaped(text, true);
}

}  // namespace otatool::cli
