// Numbers in text. Independent of the locale.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace otatool {

/// The number that the whole of `text` spells, without sign, blanks or prefix. Nothing when another
/// character follows, or when T cannot hold the number.
template <std::unsigned_integral T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text, int base = 10) {
  T number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc() && rest == end ? std::optional<T>(number) : std::nullopt;
}

}  // namespace otatool
