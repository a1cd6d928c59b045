#include "http/rules/manifest_values.hpp"

#include <algorithm>
#include <array>
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

Result<std::int64_t> duration_of(const Json& value, std::string_view key) {
  constexpr std::array<std::pair<char, std::int64_t>, 4> kUnits = {
      {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}}};
  constexpr std::int64_t kLongest = std::int64_t{365} * 86400;
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  const auto* const unit = std::ranges::find(
      kUnits, text.empty() ? ' ' : text.back(), &std::pair<char, std::int64_t>::first);
  const auto number =
      text.empty() ? std::nullopt
                   : parse_number<std::uint32_t>(std::string_view(text).substr(0, text.size() - 1));
  const std::int64_t seconds = unit != kUnits.end() && number ? *number * unit->second : 0;
  if (seconds < 1 || seconds > kLongest) {
    return fail(Errc::Usage,
                fmt::format("'{}' is not a time from 1s to 365d, for example \"2h\"", key));
  }
  return seconds;
}

Result<unsigned> permille_of(const Json& value, std::string_view key) {
  std::string text = value.is_string() ? value.get<std::string>() : std::string();
  const std::size_t point = std::min(text.find('.'), text.size());
  const bool share = text.ends_with('%');
  if (share) {
    text.pop_back();
  }
  const auto whole = parse_number<unsigned>(std::string_view(text).substr(0, point));
  const auto tenths = point < text.size()
                          ? parse_number<unsigned>(std::string_view(text).substr(point + 1))
                          : std::optional(0U);
  if (!share || !whole || !tenths || *tenths > 9 || *whole > 100 || *whole * 10 + *tenths > 1000) {
    return fail(Errc::Usage,
                fmt::format("'{}' is not a share from 0% to 100%, such as \"5%\"", key));
  }
  return *whole * 10 + *tenths;
}

Result<std::vector<unsigned>> stages_of(const Json& value) {
  std::vector<unsigned> stages;
  bool rise = value.is_array() && !value.empty();
  for (const Json& stage : rise ? value : Json::array()) {
    const bool number = stage.is_number_integer() && stage >= 1 && stage <= 100;
    rise = rise && number && (stages.empty() || stage.get<unsigned>() > stages.back());
    stages.push_back(number ? stage.get<unsigned>() : 0);
  }
  if (!rise) {
    return fail(Errc::Usage, "'stages' is not a list of rising whole numbers from 1 to 100");
  }
  return stages;
}

Result<std::uint32_t> count_of(const Json& value, std::string_view key) {
  if (!value.is_number_integer() || value < 1 || value > 1000) {
    return fail(Errc::Usage, fmt::format("'{}' is not a whole number from 1 to 1000", key));
  }
  return value.get<std::uint32_t>();
}

}  // namespace otatool::http
