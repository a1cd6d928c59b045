#include "otatool/fleet/mac.hpp"

#include <cstddef>

#include "otatool/bytes.hpp"

namespace otatool::fleet {
namespace {

constexpr std::size_t kMacBytes = 6;
constexpr std::size_t kMacText = 17;

}  // namespace

std::string to_string(Mac mac) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text(kMacText, ':');
  for (std::size_t i = 0; i < kMacBytes; ++i) {
    const std::uint64_t byte = mac.number >> (8U * (kMacBytes - 1 - i));
    text[3 * i] = kDigits[byte >> 4U & 0xFU];
    text[3 * i + 1] = kDigits[byte & 0xFU];
  }
  return text;
}

std::optional<Mac> parse_mac(std::string_view text) {
  if (text.size() != kMacText) {
    return std::nullopt;
  }
  Mac mac;
  for (std::size_t i = 0; i < kMacText; ++i) {
    if (i % 3 == 2) {
      if (text[i] != ':') {
        return std::nullopt;
      }
      continue;
    }
    const int digit = hex_value(text[i]);
    if (digit < 0) {
      return std::nullopt;
    }
    mac.number = mac.number << 4U | static_cast<unsigned>(digit);
  }
  return mac;
}

}  // namespace otatool::fleet
