// Letters, digits and blanks of ASCII in every locale; other bytes stay unchanged.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "otatool/wire/ascii.hpp"

namespace otatool {

using wire::lower_case;

[[nodiscard]] constexpr char upper_case(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

[[nodiscard]] constexpr bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// A character below the space. The type char is unsigned on ARM, so `c < ' '` alone has another
/// meaning there.
[[nodiscard]] constexpr bool is_control(char letter) {
  return static_cast<unsigned char>(letter) < 0x20U;
}

[[nodiscard]] constexpr bool is_letter(char letter) {
  return lower_case(letter) >= 'a' && lower_case(letter) <= 'z';
}

[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char letter) { return lower_case(letter); });
  return lower;
}

[[nodiscard]] inline std::string upper_case(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](char letter) { return upper_case(letter); });
  return upper;
}

/// Without leading and trailing spaces, tabs and line ends.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace otatool
