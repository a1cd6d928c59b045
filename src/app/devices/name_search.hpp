// Finds devices by name: asks the network by mDNS and, side by side, the system's resolver (DNS,
// hosts file). No nss-mdns is needed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "otatool/mdns/browse.hpp"
#include "otatool/result.hpp"

namespace otatool::app {

/// The results for one name.
struct FoundName {
  std::string name;                   ///< as the caller wrote it
  std::vector<mdns::Device> devices;  ///< that answered by mDNS; several: the name is ambiguous
  bool resolves = false;              ///< whether the system's resolver knows the name
};

/// Looks for all `names` at once, in their order. A name counts as found if a device answers, or if
/// the system resolves the name and no device answers within 0.5 s. The system has priority for a
/// dotted name (host_kind.hpp): it has no devices if the system resolves it. The system is asked
/// again each second. Without a network for multicast the result has no devices, and every name is
/// left to the system. Fails as mdns::browse otherwise.
[[nodiscard]] Result<std::vector<FoundName>> find_names(std::span<const std::string> names,
                                                        const mdns::BrowseOptions& options,
                                                        const mdns::BrowseObserver& observer = {});

}  // namespace otatool::app
