// Percent encoding of addresses (RFC 3986 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace otatool::http {

/// Decodes once; what is still encoded then is part of a name (RFC 3986 2.4). Nothing when a `%` is
/// not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace otatool::http
