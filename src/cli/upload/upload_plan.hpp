// `upload --dry-run`: what would be done, with nothing sent.
#pragma once

#include <span>
#include <string>

#include "otatool/bytes.hpp"
#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

#include "cli/io/messages.hpp"

namespace otatool::cli {

/// Prints the plan; returns the exit code, which tells whether every target could be tried.
[[nodiscard]] Result<int> print_upload_plan(Messages& messages,
                                            std::span<const espota::Target> targets,
                                            const espota::UploadOptions& options,
                                            const std::string& path,
                                            Bytes image);

}  // namespace otatool::cli
