// Dates as HTTP writes them (RFC 9110 5.6.7). Seconds since 1970; no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otatool::http {

/// `Sun, 06 Nov 1994 08:49:37 GMT`. Years 1 to 9999.
[[nodiscard]] std::string format_date(std::int64_t seconds);

/// That form, and the two obsolete ones that recipients have to accept.
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text);

}  // namespace otatool::http
