// HTTP dates (RFC 9110 5.6.7) from and to seconds since 1970. No clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otatool::http {

/// `Sun, 06 Nov 1994 08:49:37 GMT`. Years 1 to 9999.
[[nodiscard]] std::string format_date(std::int64_t seconds);

/// Parses the form of format_date() and the two obsolete forms that RFC 9110 requires.
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text);

}  // namespace otatool::http
