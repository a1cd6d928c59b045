// The files of the status page: templates with `{{names}}`, style and script. The build makes
// constants of them.
#pragma once

#include <string_view>

namespace otatool::http {

extern const std::string_view kStatusPage;
extern const std::string_view kDevicePage;
extern const std::string_view kStyleFile;
extern const std::string_view kScriptFile;

/// Content-Security-Policy of the pages: only the server's own style, script and forms.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

}  // namespace otatool::http
