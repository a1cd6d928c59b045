// Base64 with the alphabet of RFC 4648 section 4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool {

inline constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// With padding, without line ends.
[[nodiscard]] inline std::string to_base64(Bytes bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (i + k < bytes.size() ? bytes[i + k] : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text.push_back(i + k <= bytes.size() ? kBase64Alphabet[group >> (18 - 6 * k) & 0x3FU] : '=');
    }
  }
  return text;
}

/// With or without padding. Nothing for another character, for a single digit at the end, or when
/// the bits after the last byte are not zero.
[[nodiscard]] inline std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text) {
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
    text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  for (const char digit : text) {
    const std::size_t value = kBase64Alphabet.find(digit);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    held = held << 6U | static_cast<std::uint32_t>(value);
    held_bits += 6;
    if (held_bits >= 8) {
      held_bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(held >> held_bits));
      held &= (1U << held_bits) - 1U;
    }
  }
  return held == 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace otatool
