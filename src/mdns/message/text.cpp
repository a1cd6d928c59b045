#include "mdns/message/text.hpp"

#include <algorithm>
#include <cstdint>

#include "otatool/utf8.hpp"

namespace otatool::mdns {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// False for control characters and for characters that change the layout of others.
bool is_shown(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool layout = code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
                      (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
                      code == 0xFEFF;
  return !control && !layout;
}

std::string_view without_quotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::string clean_text(std::string_view raw) {
  std::string clean;
  while (!raw.empty()) {
    const Utf8Character next = first_utf8_character(raw);
    const bool fit = next.valid && is_shown(next.code);
    const std::string_view shown = fit ? raw.substr(0, next.length) : kReplacement;
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
