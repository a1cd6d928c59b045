// The report of `serve --check`.
#pragma once

#include <vector>

#include "app/library/folder_walk.hpp"
#include "app/library/served_library.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {

/// Reports every rule with its image, the findings of `info` about the images, and the files of the
/// folder that clients do not get.
void report_check(Messages& messages,
                  const app::LoadedCatalogue& loaded,
                  const std::vector<app::HiddenFile>& hidden);

}  // namespace otatool::cli
