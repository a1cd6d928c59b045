// What `serve --check` reports of a catalogue without errors.
#pragma once

#include "app/library/served_library.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {

/// Every rule with its image, and what `info` would remark on the images.
void report_check(Messages& messages, const app::LoadedCatalogue& loaded);

}  // namespace otatool::cli
