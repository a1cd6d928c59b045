#include "http/rules/manifest_values.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include "otatool/http/device_request.hpp"

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
    const bool hex = (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'F');
    if (letter >= 'a' && letter <= 'f') {
      pattern.push_back(static_cast<char>(letter - 'a' + 'A'));
    } else if (letter == '-') {
      pattern.push_back(':');
    } else if (hex || letter == ':' || letter == '?' || letter == '*') {
      pattern.push_back(letter);
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
  const std::string_view digits = std::string_view(text).substr(hex ? 2 : 0);
  std::uint32_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number, hex ? 16 : 10);
  if (error != std::errc() || rest != end) {
    return std::nullopt;
  }
  return std::to_string(number);
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
    auto text = line_of(element, key);
    if (!text) {
      return fail(text.error());
    }
    texts.push_back(std::move(*text));
    return {};
  };
  if (!value.is_array()) {
    if (auto added = add(value); !added) {
      return fail(added.error());
    }
    return texts;
  }
  for (const Json& element : value) {
    if (auto added = add(element); !added) {
      return fail(added.error());
    }
  }
  if (texts.empty()) {
    return fail(Errc::Usage, fmt::format("'{}' is an empty list", key));
  }
  return texts;
}

Result<std::vector<std::string>> macs_of(const Json& value) {
  auto texts = texts_of(value, "mac");
  if (!texts) {
    return texts;
  }
  for (std::string& text : *texts) {
    auto pattern = mac_pattern(text);
    if (!pattern) {
      return fail(Errc::Usage, fmt::format("'{}' is not a MAC address or a pattern of one", text));
    }
    text = std::move(*pattern);
  }
  return texts;
}

Result<std::vector<std::string>> chips_of(const Json& value) {
  auto texts = texts_of(value, "chip");
  if (!texts) {
    return texts;
  }
  for (std::string& text : *texts) {
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
  auto texts = texts_of(value, group);
  if (!texts) {
    return texts;
  }
  for (std::string& text : *texts) {
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
