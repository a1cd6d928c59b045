// Percent-encoding of URLs (RFC 3986 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace otatool::http {

/// Decodes once, as RFC 3986 2.4 requires. Nothing if a `%` is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

/// Encodes every byte for a query, except unreserved characters (RFC 3986 2.3), `:` and `/`.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace otatool::http
