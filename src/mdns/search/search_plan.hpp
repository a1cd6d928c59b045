// From what a caller wants to what the querier does, checked. No sockets.
#pragma once

#include "otatool/mdns/browse.hpp"

#include "mdns/search/querier.hpp"

namespace otatool::mdns {

/// Without links. Usage error for a type that is none; `_arduino._tcp` is one, with or without
/// `.local`.
[[nodiscard]] Result<Querier::Plan> plan_search(const BrowseOptions& options);

}  // namespace otatool::mdns
