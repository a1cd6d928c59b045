#include "cli/io/pins.hpp"

#include <algorithm>
#include <string_view>

namespace otatool::cli {

std::string without_pins(std::string text) {
  constexpr std::string_view kHidden = "***";
  for (const std::string_view name : {"pin-value=", "pin-source="}) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      at += name.size();
      const std::size_t end = std::min(text.find_first_of(";&?'\"\\ \n", at), text.size());
      text.replace(at, end - at, kHidden);
    }
  }
  return text;
}

}  // namespace otatool::cli
