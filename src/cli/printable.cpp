#include "cli/printable.hpp"

#include <cstdint>
#include <fmt/format.h>

namespace otatool::cli {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 1;
  bool valid = false;
};

/// The UTF-8 character at the start of `text`, strictly (RFC 3629): no overlong forms, no
/// surrogates.
Character first_character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    return {.code = lead, .length = 1, .valid = true};
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
    return {};
  }
  std::uint32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return {};
    }
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return {.code = code, .length = length, .valid = !overlong && !surrogate && code <= 0x10FFFF};
}

bool is_harmless(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool direction = code == 0x061C || code == 0x200E || code == 0x200F ||
                         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool separator = code == 0x2028 || code == 0x2029;
  return !control && !direction && !separator;
}

std::string escaped(std::string_view text, bool several_lines) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const Character next = first_character(text);
    const std::size_t length = next.valid ? next.length : 1;
    const bool layout = several_lines && (next.code == '\n' || next.code == '\t');
    if (!next.valid) {
      safe += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[0]));
    } else if (layout || is_harmless(next.code)) {
      safe += text.substr(0, length);
    } else if (next.code < 0x80) {
      safe += fmt::format("\\x{:02x}", next.code);
    } else {
      safe += fmt::format("\\u{:04x}", next.code);
    }
    text.remove_prefix(length);
  }
  return safe;
}

}  // namespace

std::string printable(std::string_view text) {
  return escaped(text, false);
}

std::string printable_lines(std::string_view text) {
  return escaped(text, true);
}

}  // namespace otatool::cli
