// What a search for devices lets people know besides its outcome: interfaces that fail, with -v,
// and every packet, with -vv.
#pragma once

#include <vector>

#include "otatool/mdns/browse.hpp"
#include "otatool/result.hpp"

namespace otatool::cli {

class Messages;

void log_browse_event(Messages& messages, const mdns::BrowseEvent& event);

/// A whole search, as mdns::browse, logged.
[[nodiscard]] Result<std::vector<mdns::Device>> browse(Messages& messages,
                                                       const mdns::BrowseOptions& options);

}  // namespace otatool::cli
