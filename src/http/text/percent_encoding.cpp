#include "http/text/percent_encoding.hpp"

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

}  // namespace otatool::http
