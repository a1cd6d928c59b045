#include "mdns/text.hpp"

#include <algorithm>
#include <cstdint>

namespace otatool::mdns {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Character {
  std::size_t length = 1;  ///< bytes
  bool shown = false;
};

/// The UTF-8 character at the start of `text`, or one byte that begins none (RFC 3629).
Character first_character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    return {.shown = lead >= 0x20 && lead != 0x7F};
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
    return {};
  }
  std::uint32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return {};
    }
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  const bool control = code < 0xA0;
  const bool layout = code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
                      (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
                      code == 0xFEFF;
  if (overlong || surrogate || code > 0x10FFFF) {
    return {};
  }
  return {.length = length, .shown = !control && !layout};
}

std::string_view without_quotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::string clean_text(std::string_view raw) {
  std::string clean;
  while (!raw.empty()) {
    const Character next = first_character(raw);
    const std::string_view shown = next.shown ? raw.substr(0, next.length) : kReplacement;
    if (clean.size() + shown.size() > kLargestText) {
      break;
    }
    clean += shown;
    raw.remove_prefix(next.length);
  }
  return clean;
}

std::vector<TxtPair> txt_pairs(const Text& text) {
  std::vector<TxtPair> pairs;
  for (const std::string& each : text.strings) {
    const std::size_t equals = each.find('=');
    const std::string_view raw_key = std::string_view(each).substr(0, equals);
    const std::string_view raw_value =
        equals == std::string::npos ? "" : std::string_view(each).substr(equals + 1);
    const std::string key = clean_text(raw_key);
    const bool known = std::ranges::any_of(
        pairs, [&key](const TxtPair& pair) { return same_text(pair.key, key); });
    if (!key.empty() && !known && pairs.size() < kMostTxtPairs) {
      pairs.push_back({.key = key, .value = clean_text(without_quotes(raw_value))});
    }
  }
  return pairs;
}

}  // namespace otatool::mdns
