// The options of an upload that hold for all of its targets, as values.
#pragma once

#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

#include "cli/invocation.hpp"

namespace otatool::cli {

/// Reads how to upload: waits, ports, attempts, authentication. Fails with Usage.
[[nodiscard]] Result<espota::UploadOptions> read_upload_options(const Invocation& invocation);

}  // namespace otatool::cli
