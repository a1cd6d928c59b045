// The output of `upload --dry-run`: the plan of an upload. Sends nothing.
#pragma once

#include <span>
#include <string>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

#include "app/transports/transport.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {

/// Prints the plan. Returns an exit code other than 0 if a target does not resolve or has no route.
[[nodiscard]] Result<int> print_upload_plan(Messages& messages,
                                            std::span<const app::KnownTarget> targets,
                                            const app::TransportSettings& settings,
                                            const std::string& path,
                                            Bytes image);

}  // namespace otatool::cli
