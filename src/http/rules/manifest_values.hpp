// The values of a manifest: texts, flags, lists of texts, MAC addresses and chip ids. What a value
// is for, its rule says. Each fails with Usage and quotes what is wrong.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::http {

/// What stands in a header field later must be one short line.
[[nodiscard]] Result<std::string> line_of(const nlohmann::json& value, std::string_view key);

[[nodiscard]] Result<bool> flag_of(const nlohmann::json& value, std::string_view key);

/// A text or a list of texts; a number counts as its text.
[[nodiscard]] Result<std::vector<std::string>> texts_of(const nlohmann::json& value,
                                                        std::string_view key);

/// MAC addresses and patterns of them, in canonical spelling.
[[nodiscard]] Result<std::vector<std::string>> macs_of(const nlohmann::json& value);

/// `esp8266`, `esp32` and ids of chips, which become decimal.
[[nodiscard]] Result<std::vector<std::string>> chips_of(const nlohmann::json& value);

/// Who belongs to a group: MAC addresses, patterns of them, and ids of chips.
[[nodiscard]] Result<std::vector<std::string>> members_of(const nlohmann::json& value,
                                                          std::string_view group);

}  // namespace otatool::http
