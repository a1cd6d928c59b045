#include "cli/serve/serve_announcement.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/discover/announce_options.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

/// With its prefix the name must fit into a DNS label.
constexpr std::size_t kLongestHostName = 50;

std::string default_name() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  static_cast<void>(gethostname(host.data(), host.size() - 1));
  const std::string name = printable(host.data());
  return "otatool-" + name.substr(0, std::min(name.find('.'), kLongestHostName));
}

}  // namespace

Result<std::optional<announce::AnnounceOptions>> serve_announcement(const Invocation& invocation) {
  TRY(announce::AnnounceOptions options, read_announcement(invocation, "service name"));
  if (!invocation.flag("announce")) {
    for (const std::string_view name : {"name", "iface", "mdns-port"}) {
      if (invocation.origin(name) == Origin::CommandLine) {
        return fail(Errc::Usage, fmt::format("--{} requires --announce", name));
      }
    }
    return std::nullopt;
  }
  if (options.name.empty()) {
    options.name = default_name();
  }
  return options;
}

announce::Service announced_server(const http::ServerOptions& options, std::uint16_t port) {
  return {.type = "_http",
          .address = options.updates.address,
          .port = port,
          .txt = {options.status ? "path=/" : "path=/status", options.tls ? "tls=yes" : "tls=no"}};
}

}  // namespace otatool::cli
