// Reads single values of a manifest: texts, flags, lists of texts, MAC addresses, chip ids. Each
// function fails with Usage and quotes the bad value.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::http {

/// A text of one short line, so that it can go into a header field.
[[nodiscard]] Result<std::string> line_of(const nlohmann::json& value, std::string_view key);

[[nodiscard]] Result<bool> flag_of(const nlohmann::json& value, std::string_view key);

/// A text or a list of texts; a whole number counts as its decimal text.
[[nodiscard]] Result<std::vector<std::string>> texts_of(const nlohmann::json& value,
                                                        std::string_view key);

/// MAC addresses and globs over them, in the form of DeviceRequest.
[[nodiscard]] Result<std::vector<std::string>> macs_of(const nlohmann::json& value);

/// `esp8266`, `esp32` and chip ids; ids become decimal.
[[nodiscard]] Result<std::vector<std::string>> chips_of(const nlohmann::json& value);

/// The members of a group: MAC addresses, globs over them, chip ids.
[[nodiscard]] Result<std::vector<std::string>> members_of(const nlohmann::json& value,
                                                          std::string_view group);

}  // namespace otatool::http
