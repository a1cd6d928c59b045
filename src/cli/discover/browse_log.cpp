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

Result<std::vector<mdns::Device>> browse(Messages& messages, const mdns::BrowseOptions& options) {
  auto browser = mdns::Browser::open(options);
  if (!browser) {
    return fail(browser.error());
  }
  for (;;) {
    const mdns::BrowseEvent event = browser->next();
    log_browse_event(messages, event);
    if (const auto* const failed = std::get_if<mdns::BrowseFailed>(&event)) {
      return fail(failed->error);
    }
    if (const auto* const ended = std::get_if<mdns::BrowseEnded>(&event)) {
      if (ended->interrupted) {
        return fail(Errc::Interrupted, "interrupted while looking for devices");
      }
      return browser->devices();
    }
  }
}

}  // namespace otatool::cli
