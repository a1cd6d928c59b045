// Texts of an untrusted device, fit to be printed.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "otatool/ascii.hpp"

namespace otatool::http {

/// At most 80 characters; each that is not printable ASCII becomes `?`.
[[nodiscard]] inline std::string identity_text(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string line(trimmed(text).substr(0, kLongest));
  std::ranges::replace_if(
      line, [](char c) { return is_control(c) || static_cast<unsigned char>(c) > 0x7EU; }, '?');
  return line;
}

}  // namespace otatool::http
