// The status page: one document with its style and script, which loads nothing from elsewhere and
// asks /status.json for what it shows.
#pragma once

#include <string_view>

namespace otatool::http {

extern const std::string_view kStatusPage;

/// The policy that the page is sent with: a browser must not load anything else into it.
inline constexpr std::string_view kStatusPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src "
    "'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace otatool::http
