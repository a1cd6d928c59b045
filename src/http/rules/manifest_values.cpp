#include "http/rules/manifest_values.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include "otatool/ascii.hpp"
#include "otatool/bytes.hpp"
#include "otatool/http/device_request.hpp"
#include "otatool/number.hpp"

namespace otatool::http {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestText = 256;

bool is_control(char letter) {
  return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
}

/// A MAC address or a glob over one, in the form of DeviceRequest.
std::optional<std::string> mac_pattern(std::string_view text) {
  if (auto mac = canonical_mac(text)) {
    return mac;
  }
  std::string pattern;
  for (const char letter : text) {
    if (letter == '-') {
      pattern.push_back(':');
    } else if (hex_value(letter) >= 0 || letter == ':' || letter == '?' || letter == '*') {
      pattern.push_back(upper_case(letter));
    } else {
      return std::nullopt;
    }
  }
  if (pattern.find_first_of("*?") == std::string::npos) {
    return std::nullopt;
  }
  return pattern;
}

/// A chip id in decimal, from decimal or `0x` hexadecimal.
std::optional<std::string> chip_id(const std::string& text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const auto number =
      parse_number<std::uint32_t>(std::string_view(text).substr(hex ? 2 : 0), hex ? 16 : 10);
  return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

}  // namespace

Result<std::string> line_of(const Json& value, std::string_view key) {
  if (!value.is_string()) {
    return fail(Errc::Usage, fmt::format("'{}' is not a string", key));
  }
  std::string text = value.get<std::string>();
  if (text.empty() || text.size() > kLongestText || std::ranges::any_of(text, is_control)) {
    return fail(Errc::Usage, fmt::format("'{}' is not a line of 1 to {} bytes", key, kLongestText));
  }
  return text;
}

Result<bool> flag_of(const Json& value, std::string_view key) {
  if (!value.is_boolean()) {
    return fail(Errc::Usage, fmt::format("'{}' is not one of true, false", key));
  }
  return value.get<bool>();
}

Result<std::vector<std::string>> texts_of(const Json& value, std::string_view key) {
  std::vector<std::string> texts;
  const auto add = [&](const Json& element) -> Result<void> {
    if (element.is_number_integer()) {
      texts.push_back(element.dump());
      return {};
    }
    TRY(auto text, line_of(element, key));
    texts.push_back(std::move(text));
    return {};
  };
  if (!value.is_array()) {
    TRY_VOID(add(value));
    return texts;
  }
  for (const Json& element : value) {
    TRY_VOID(add(element));
  }
  if (texts.empty()) {
    return fail(Errc::Usage, fmt::format("'{}' is an empty list", key));
  }
  return texts;
}

Result<std::vector<std::string>> macs_of(const Json& value) {
  TRY(auto texts, texts_of(value, "mac"));
  for (std::string& text : texts) {
    auto pattern = mac_pattern(text);
    if (!pattern) {
      return fail(Errc::Usage, fmt::format("'{}' is not a MAC address or a pattern of one", text));
    }
    text = std::move(*pattern);
  }
  return texts;
}

Result<std::vector<std::string>> chips_of(const Json& value) {
  TRY(auto texts, texts_of(value, "chip"));
  for (std::string& text : texts) {
    if (text == "esp8266" || text == "esp32") {
      continue;
    }
    const auto id = chip_id(text);
    if (!id) {
      return fail(Errc::Usage, fmt::format("'{}' is not one of esp8266, esp32 or a chip id", text));
    }
    text = *id;
  }
  return texts;
}

Result<std::vector<std::string>> members_of(const Json& value, std::string_view group) {
  TRY(auto texts, texts_of(value, group));
  for (std::string& text : texts) {
    auto member = mac_pattern(text);
    if (!member) {
      member = chip_id(text);
    }
    if (!member) {
      return fail(
          Errc::Usage,
          fmt::format("'{}' in the group '{}' is not a MAC address or a chip id", text, group));
    }
    text = std::move(*member);
  }
  return texts;
}

}  // namespace otatool::http
