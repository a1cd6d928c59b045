// The kind of host that a text names: an IP literal, an mDNS name or a DNS name. No name lookup.
#pragma once

#include <string_view>

namespace otatool::app {

enum class AddressFamily { None, IPv4, IPv6 };

/// The family of an IP literal; None for any other text. An IPv6 literal may have a zone:
/// `fe80::1%eth0`.
[[nodiscard]] AddressFamily address_family(std::string_view text);

/// True for a link-local IPv6 literal without a zone. Without its zone the address is unusable.
[[nodiscard]] bool lacks_zone(std::string_view text);

enum class NameKind {
  Address,  ///< an IPv4 or IPv6 literal
  Mdns,     ///< ends in `.local`, or has characters that only an mDNS instance name can have
  Either,   ///< one word: an instance or host on this network, or a name that the system knows
  Dotted,   ///< a name of DNS with dots, or else of an instance such as `kitchen.lamp`
  Own,      ///< `localhost`
};
[[nodiscard]] NameKind kind_of_name(std::string_view host);

/// True for the kinds Mdns, Either and Dotted.
[[nodiscard]] bool may_be_mdns(std::string_view host);

/// True for a name that the system's resolver may know: no address, and no instance name with
/// characters that host names cannot have.
[[nodiscard]] bool is_host_name(std::string_view host);

}  // namespace otatool::app
