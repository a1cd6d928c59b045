#include "http/text/percent_encoding.hpp"

#include <charconv>

namespace otatool::http {

std::optional<std::string> percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result.push_back(text[i]);
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2) {
      return std::nullopt;
    }
    result.push_back(static_cast<char>(value));
    i += 2;
  }
  return result;
}

}  // namespace otatool::http
