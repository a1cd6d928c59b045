#include "http/text/percent_encoding.hpp"

#include "otatool/ascii.hpp"
#include "otatool/bytes.hpp"

namespace otatool::http {

std::optional<std::string> percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result.push_back(text[i]);
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) {
      return std::nullopt;
    }
    result.push_back(static_cast<char>(byte->front()));
    i += 2;
  }
  return result;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kPlain = "-._~:/";
  std::string result;
  for (const char letter : text) {
    if (is_digit(letter) || is_letter(letter) || kPlain.find(letter) != std::string_view::npos) {
      result.push_back(letter);
    } else {
      result += "%" + upper_case(to_hex(as_bytes(std::string_view(&letter, 1))));
    }
  }
  return result;
}

}  // namespace otatool::http
