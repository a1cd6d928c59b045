// Text of fixed size in an image, made safe for a terminal.
#pragma once

#include <string>

#include "otatool/bytes.hpp"

namespace otatool::image {

/// The bytes before the first NUL; a byte that is not printable ASCII becomes `?`.
[[nodiscard]] inline std::string text_field(Bytes field) {
  std::string text;
  for (const std::uint8_t byte : field) {
    if (byte == 0) {
      break;
    }
    text.push_back(byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?');
  }
  return text;
}

}  // namespace otatool::image
