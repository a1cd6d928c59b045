// The report of `serve --check`.
#pragma once

#include "app/library/served_library.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {

/// Reports every rule with its image, and the findings of `info` about the images.
void report_check(Messages& messages, const app::LoadedCatalogue& loaded);

}  // namespace otatool::cli
