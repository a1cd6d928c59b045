// What upload and push do: read options and targets, find the devices, prepare and check the image,
// send it to all of them.
#pragma once

#include "otatool/result.hpp"

#include "app/transports/way.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

/// Sends the image, the first argument, to the targets: those without a scheme by `via`, or as
/// discovery decides. Returns the exit code.
[[nodiscard]] Result<int> send_image(Invocation& invocation, app::Via via);

}  // namespace otatool::cli
