// Reads single values of a manifest: texts, flags, lists of texts, MAC addresses, chip ids. Each
// function fails with Usage and quotes the bad value.
#pragma once

#include <cstdint>
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

/// A time with its unit, `90s`, `15m`, `2h` or `7d`, in seconds; 1 s to 365 days.
[[nodiscard]] Result<std::int64_t> duration_of(const nlohmann::json& value, std::string_view key);

/// `5%` or `2.5%`, from 0 to 100 %, in thousandths.
[[nodiscard]] Result<unsigned> permille_of(const nlohmann::json& value, std::string_view key);

/// Whole percentages from 1 to 100 that rise.
[[nodiscard]] Result<std::vector<unsigned>> stages_of(const nlohmann::json& value);

/// A whole number from 1 to 1000.
[[nodiscard]] Result<std::uint32_t> count_of(const nlohmann::json& value, std::string_view key);

}  // namespace otatool::http
