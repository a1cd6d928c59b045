// The responses to requests for the server's own pages.
#pragma once

#include <memory>
#include <string_view>

#include "otatool/http/site.hpp"

#include "http/pages/status_page.hpp"

namespace otatool::http {

/// Clients of events at once; further ones get 503.
inline constexpr long kMostFeeds = 32;

/// The status page with the devices that `query` chooses; 400 if it is invalid.
[[nodiscard]] Response page_of_devices(std::string_view query,
                                       const ServerFacts& facts,
                                       const StatusPageOptions& options);

/// The events of that page. Each feed keeps a copy of `feeds`; 503 if there are too many.
[[nodiscard]] Response events_of_devices(std::string_view query,
                                         const ServerFacts& facts,
                                         const std::shared_ptr<const bool>& feeds,
                                         RolloutForms forms = {});

/// The response to GET or HEAD for `path` (own_paths.hpp); 404 for another path, and a
/// redirection to the status page for an empty path. `feeds`: see events_of_devices().
/// `administration`: the status page links to the page of administrators.
[[nodiscard]] Response report(std::string_view path,
                              std::string_view query,
                              const Reports& reports,
                              const std::shared_ptr<const bool>& feeds,
                              bool administration = false);

/// 302 to the status page.
[[nodiscard]] Response to_status_page();

}  // namespace otatool::http
