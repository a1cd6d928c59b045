#include "cli/discover/browse_options.hpp"

#include <array>

#include "cli/io/messages.hpp"

namespace otatool::cli {

Result<mdns::BrowseOptions> browse_options(const Invocation& invocation) {
  constexpr std::array<std::string_view, 3> kBackends = {"auto", "native", "avahi"};
  mdns::BrowseOptions options;
  options.interfaces = invocation.values("iface");
  const auto backend = invocation.choice("backend", kBackends, 0);
  if (!backend) {
    return fail(backend.error());
  }
  options.backend = static_cast<mdns::Backend>(*backend);
  const auto port = invocation.number("mdns-port", 1, 65535);
  if (!port) {
    return fail(port.error());
  }
  options.mdns_port = static_cast<std::uint16_t>(port->value_or(mdns::kMdnsPort));
  options.trace = invocation.messages().verbosity() >= 2;
  return options;
}

}  // namespace otatool::cli
