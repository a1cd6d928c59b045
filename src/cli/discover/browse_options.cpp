#include "cli/discover/browse_options.hpp"

#include <algorithm>
#include <array>

#include "app/devices/subnet.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {

Result<void> add_subnet(std::string_view subnet, mdns::BrowseOptions& options) {
  TRY(const auto hosts, app::hosts_of_subnet(subnet));
  options.hosts.insert(options.hosts.end(), hosts.begin(), hosts.end());
  options.timeout = std::max(options.timeout, mdns::unicast_search_time(options.hosts.size()));
  return {};
}

Result<mdns::BrowseOptions> browse_options(const Invocation& invocation) {
  constexpr std::array<std::string_view, 3> kNames = {"auto", "native", "avahi"};
  constexpr std::array kBackends = {
      mdns::Backend::Auto, mdns::Backend::Native, mdns::Backend::Avahi};
  mdns::BrowseOptions options;
  options.interfaces = invocation.values("iface");
  TRY(const auto backend, invocation.choice("backend", kNames));
  options.backend = kBackends[backend.value_or(0)];
  TRY(const auto port, invocation.number("mdns-port", 1, 65535));
  options.mdns_port = static_cast<std::uint16_t>(port.value_or(mdns::kMdnsPort));
  for (const std::string& subnet : invocation.values(kSubnetOption.name)) {
    TRY_VOID(add_subnet(subnet, options));
  }
  options.trace = invocation.messages().verbosity() >= 2;
  return options;
}

}  // namespace otatool::cli
