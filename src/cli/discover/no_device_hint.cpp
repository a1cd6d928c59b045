#include "cli/discover/no_device_hint.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

namespace otatool::cli {
namespace {

constexpr std::string_view kDoctor = "'otatool doctor' tests this computer";

/// The names of the interfaces of those links that `chosen` accepts, each once.
std::vector<std::string> interfaces_of(std::span<const mdns::LinkReport> links,
                                       const auto& chosen) {
  std::vector<std::string> names;
  for (const mdns::LinkReport& link : links) {
    const bool known = std::ranges::find(names, link.interface) != names.end();
    if (!link.interface.empty() && !known && chosen(link)) {
      names.push_back(link.interface);
    }
  }
  return names;
}

}  // namespace

std::string no_device_hint(std::span<const mdns::LinkReport> links) {
  const auto network = [](const mdns::LinkReport& link) { return !link.loopback; };
  const auto sent = [&](const mdns::LinkReport& link) { return network(link) && link.sent > 0; };
  // The queries of this computer come back in through the interface, past its firewall.
  const auto heard = [&](const mdns::LinkReport& link) { return sent(link) && link.looped > 0; };
  const auto with_network = interfaces_of(links, network);
  const auto senders = interfaces_of(links, sent);
  if (with_network.empty()) {
    return fmt::format("the search used only loopback; {}", kDoctor);
  }
  if (senders.empty()) {
    return fmt::format("no query could be sent on {}; {}", fmt::join(with_network, ", "), kDoctor);
  }
  if (interfaces_of(links, heard).empty()) {
    return fmt::format("a firewall on this computer seems to drop mDNS on {}; {}",
                       fmt::join(senders, ", "),
                       kDoctor);
  }
  return fmt::format(
      "queries left on {}, but nothing replied: no device is on, or the network filters multicast; "
      "'otatool discover ADDRESS' asks a device without multicast; {}",
      fmt::join(senders, ", "),
      kDoctor);
}

}  // namespace otatool::cli
