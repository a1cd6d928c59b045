#include "http/text/form_values.hpp"

#include <algorithm>

#include "http/text/percent_encoding.hpp"

namespace otatool::http {

std::string form_value(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      std::string value(pair.substr(equals + 1));
      std::ranges::replace(value, '+', ' ');
      return percent_decode(value).value_or(std::string());
    }
  }
  return {};
}

}  // namespace otatool::http
