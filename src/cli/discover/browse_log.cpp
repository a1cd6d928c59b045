#include "cli/discover/browse_log.hpp"

#include <variant>

#include "cli/io/messages.hpp"

namespace otatool::cli {

void log_browse_event(Messages& messages, const mdns::BrowseEvent& event) {
  if (const auto* const warning = std::get_if<mdns::BrowseWarning>(&event)) {
    messages.detail(1, warning->text);
  } else if (const auto* const traced = std::get_if<mdns::BrowseTraced>(&event)) {
    messages.detail(2, traced->text);
  }
}

mdns::BrowseObserver browse_logger(Messages& messages) {
  return [&messages](const mdns::BrowseEvent& event) { log_browse_event(messages, event); };
}

}  // namespace otatool::cli
