// What `serve --check` reports of a catalogue without errors.
#pragma once

#include "cli/messages.hpp"
#include "cli/served_library.hpp"

namespace otatool::cli {

/// Every rule with its image, and what `info` would remark on the images.
void report_check(Messages& messages, const LoadedCatalogue& loaded);

}  // namespace otatool::cli
