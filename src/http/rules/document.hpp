// A response with a text made by the server.
#pragma once

#include <string>
#include <string_view>

#include "otatool/http/site.hpp"

namespace otatool::http {

/// 200 with `text`, which nobody keeps. `type`: its media type.
[[nodiscard]] Response document(std::string_view type, std::string text);

}  // namespace otatool::http
