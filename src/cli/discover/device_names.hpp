// Which names mean a device on this network, and looking for those: by otatool's own mDNS engine,
// so that no nss-mdns is needed, and by the system's resolver for what may be its business.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/mdns/resolve.hpp"
#include "otatool/result.hpp"

namespace otatool::cli {

class Messages;

enum class NameKind {
  Address,  ///< an IPv4 or IPv6 literal
  Mdns,     ///< ends in `.local`, or holds what no host name does: an instance name
  Either,   ///< one word: an instance, a host on this network, or one of the system's hosts file
  Dns,      ///< a name with dots, or `localhost`
};
[[nodiscard]] NameKind kind_of_name(std::string_view host);

/// Looks for all `names` at once. Those of kind Either are left to the system, with no devices,
/// when it knows them and nobody answers soon. Logged as of browse_log.hpp; fails as mdns::browse.
[[nodiscard]] Result<std::vector<mdns::Resolution>> look_for_names(
    Messages& messages, std::span<const std::string> names, const mdns::BrowseOptions& options);

}  // namespace otatool::cli
