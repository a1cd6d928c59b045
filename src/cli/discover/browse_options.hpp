// The options of commands that search for devices on the network.
#pragma once

#include "otatool/mdns/browse.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

inline constexpr Option kInterfaceOption{
    .name = "iface",
    .value = "IF",
    .help = "only on this network interface; may be given several times",
    .repeatable = true};
inline constexpr Option kBackendOption{.name = "backend",
                                       .value = "auto|native|avahi",
                                       .help = "own sockets, avahi-daemon, or both (auto)"};
inline constexpr Option kSubnetOption{.name = "subnet",
                                      .value = "CIDR",
                                      .help = "ask every address of this subnet, without multicast",
                                      .repeatable = true};
inline constexpr Option kMdnsPortOption{
    .name = "mdns-port", .value = "N", .help = "UDP port of mDNS (5353)"};

/// Adds the addresses of a subnet to the hosts to ask, and extends the timeout as far as their
/// number needs. Usage for an invalid subnet.
[[nodiscard]] Result<void> add_subnet(std::string_view subnet, mdns::BrowseOptions& options);

/// Reads the options above; the verbosity decides whether packets are traced. Fails as Invocation.
[[nodiscard]] Result<mdns::BrowseOptions> browse_options(const Invocation& invocation);

}  // namespace otatool::cli
