// Values of a form as a browser sends them (application/x-www-form-urlencoded).
#pragma once

#include <string>
#include <string_view>

namespace otatool::http {

/// The decoded value of `name` in `a=1&b=2`, where `+` means a space; empty if missing or invalid.
[[nodiscard]] std::string form_value(std::string_view text, std::string_view name);

}  // namespace otatool::http
