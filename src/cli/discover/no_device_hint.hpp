// The hint after a search in which no device answered: the likely cause, as far as the packet
// counts of the search show it.
#pragma once

#include <span>
#include <string>

#include "otatool/mdns/browse.hpp"

namespace otatool::cli {

/// `links`: of a multicast search with own sockets; empty if there were none.
[[nodiscard]] std::string no_device_hint(std::span<const mdns::LinkReport> links);

}  // namespace otatool::cli
