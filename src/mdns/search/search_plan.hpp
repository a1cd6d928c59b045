// Checks the options of a search and makes the plan of the querier from them. No sockets.
#pragma once

#include "otatool/mdns/browse.hpp"

#include "mdns/search/querier.hpp"

namespace otatool::mdns {

/// The plan has no links and no hosts yet. Usage error for a text that is not a service type, such
/// as
/// `_arduino._tcp` with or without `.local`.
[[nodiscard]] Result<Querier::Plan> plan_search(const BrowseOptions& options);

}  // namespace otatool::mdns
