// IP addresses as users write them. No sockets, no name lookup.
#pragma once

#include <string_view>

namespace otatool::cli {

enum class AddressFamily { None, IPv4, IPv6 };

/// None for anything but an IPv4 or IPv6 literal. The latter may have a zone: `fe80::1%eth0`.
[[nodiscard]] AddressFamily address_family(std::string_view text);

/// Whether it is a link-local IPv6 address that lacks the zone without which it leads nowhere.
[[nodiscard]] bool lacks_zone(std::string_view text);

}  // namespace otatool::cli
