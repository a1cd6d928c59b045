// Finds devices by name: with otatool's own mDNS engine, so that no nss-mdns is needed, and with
// the system's resolver for names that may also be DNS names.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "otatool/mdns/resolve.hpp"
#include "otatool/result.hpp"

namespace otatool::app {

/// Looks for all `names` at once. A name of NameKind::Either that the system resolves and that no
/// device answers to within 0.5 s has no devices in the result. Fails as mdns::browse.
[[nodiscard]] Result<std::vector<mdns::Resolution>> find_names(
    std::span<const std::string> names,
    const mdns::BrowseOptions& options,
    const mdns::BrowseObserver& observer);

}  // namespace otatool::app
