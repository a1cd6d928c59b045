// Texts of HTML pages. Pure functions over text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace otatool::http {

/// `text` as content of an element, or as the value of an attribute in double quotes.
[[nodiscard]] std::string html(std::string_view text);

/// `text` with each `{{name}}` replaced by the value of that name; an unknown name by nothing.
/// Values are not searched.
[[nodiscard]] std::string filled(
    std::string_view text,
    std::initializer_list<std::pair<std::string_view, std::string_view>> values);

/// A `time` element: how long ago `time` is, in whole minutes, hours or days.
[[nodiscard]] std::string time_ago(std::int64_t time, std::int64_t now);
/// A `time` element: date and time in UTC.
[[nodiscard]] std::string time_of_day(std::int64_t time);

/// `1,234,567`.
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace otatool::http
