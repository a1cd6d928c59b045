// Makes devices fetch their image from a server.
#pragma once

#include <string>

#include "otatool/result.hpp"

#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// Makes every device of the arguments fetch the image at `url`, and returns the exit code. Usage
/// for a URL that no device can fetch, and for options about an image that is uploaded.
[[nodiscard]] Result<int> fetch_image(Invocation& invocation, const std::string& url);

}  // namespace otatool::cli
