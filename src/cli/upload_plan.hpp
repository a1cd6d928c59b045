// `upload --dry-run`: what would be done, with nothing sent.
#pragma once

#include <string>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

#include "cli/messages.hpp"
#include "cli/upload_request.hpp"

namespace otatool::cli {

/// Prints the plan; returns the exit code, which tells whether every target could be tried.
[[nodiscard]] Result<int> print_upload_plan(Messages& messages,
                                            const UploadRequest& request,
                                            const std::string& path,
                                            Bytes image);

}  // namespace otatool::cli
