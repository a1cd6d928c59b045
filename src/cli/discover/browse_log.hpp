// Logs the events of a search for devices: interfaces that fail with -v, every packet with -vv.
#pragma once

#include "otatool/mdns/browse.hpp"

namespace otatool::cli {

class Messages;

void log_browse_event(Messages& messages, const mdns::BrowseEvent& event);

/// Logs every event. `messages` must outlive the observer.
[[nodiscard]] mdns::BrowseObserver browse_logger(Messages& messages);

}  // namespace otatool::cli
