#include "cli/discover/browse_options.hpp"

#include <array>

#include "cli/io/messages.hpp"

namespace otatool::cli {

Result<mdns::BrowseOptions> browse_options(const Invocation& invocation) {
  constexpr std::array<std::string_view, 3> kNames = {"auto", "native", "avahi"};
  constexpr std::array kBackends = {
      mdns::Backend::Auto, mdns::Backend::Native, mdns::Backend::Avahi};
  mdns::BrowseOptions options;
  options.interfaces = invocation.values("iface");
  TRY(const std::size_t backend, invocation.choice("backend", kNames, 0));
  options.backend = kBackends[backend];
  TRY(const auto port, invocation.number("mdns-port", 1, 65535));
  options.mdns_port = static_cast<std::uint16_t>(port.value_or(mdns::kMdnsPort));
  options.trace = invocation.messages().verbosity() >= 2;
  return options;
}

}  // namespace otatool::cli
