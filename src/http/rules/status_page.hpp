// The status page: one HTML document with style and script that loads only /status.json.
#pragma once

#include <string_view>

namespace otatool::http {

extern const std::string_view kStatusPage;

/// Content-Security-Policy of the page: nothing else may be loaded.
inline constexpr std::string_view kStatusPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src "
    "'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace otatool::http
