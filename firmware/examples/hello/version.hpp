// What this build of the sample calls itself.
#pragma once

namespace otatool::hello {

/// `otatool hello v1`: the text that is found in the image and printed at start.
[[nodiscard]] const char* version();

}  // namespace otatool::hello
