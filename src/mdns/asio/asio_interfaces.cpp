#include "mdns/asio/asio_interfaces.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ifaddrs.h>
#include <iterator>
#include <map>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>

namespace otatool::mdns {
namespace {

std::string text_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.sa_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
  } else if (address.sa_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

/// An interface, collected from the entries of all its addresses.
struct Candidate {
  Interface interface;
  unsigned flags = 0;
};

void take_address(Candidate& candidate, const sockaddr* address) {
  if (address == nullptr) {
    return;
  }
  Interface& interface = candidate.interface;
  if (address->sa_family == AF_INET && interface.ipv4.empty()) {
    interface.ipv4 = text_of(*address);
  } else if (address->sa_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(*address);
    if (interface.ipv6.empty() || IN6_IS_ADDR_LINKLOCAL(&ipv6.sin6_addr)) {
      interface.ipv6 = text_of(*address);
    }
  }
}

bool is_usable(const Candidate& candidate, bool named) {
  const bool up = (candidate.flags & IFF_UP) != 0;
  const bool tunnel = (candidate.flags & IFF_POINTOPOINT) != 0;
  const bool multicast = (candidate.flags & (IFF_MULTICAST | IFF_LOOPBACK)) != 0;
  return up && multicast && (named || !tunnel);
}

}  // namespace

Result<std::vector<Interface>> usable_interfaces(const std::vector<std::string>& wanted) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) {
    return fail(Errc::NetworkFailed,
                fmt::format("cannot list the network interfaces: {}", std::strerror(errno)));
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  std::map<std::string, Candidate> candidates;
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    Candidate& candidate = candidates[each->ifa_name];
    candidate.interface.name = each->ifa_name;
    candidate.flags = each->ifa_flags;
    take_address(candidate, each->ifa_addr);
  }
  for (const std::string& name : wanted) {
    if (!candidates.contains(name)) {
      std::vector<std::string> names;
      std::ranges::transform(
          candidates, std::back_inserter(names), [](const auto& each) { return each.first; });
      return fail(Errc::Usage,
                  fmt::format("unknown network interface '{}'; this computer has {}",
                              name,
                              fmt::join(names, ", ")));
    }
  }
  std::vector<Interface> usable;
  for (auto& [name, candidate] : candidates) {
    const bool named = std::ranges::find(wanted, name) != wanted.end();
    if ((wanted.empty() || named) && is_usable(candidate, named)) {
      candidate.interface.index = if_nametoindex(name.c_str());
      candidate.interface.loopback = (candidate.flags & IFF_LOOPBACK) != 0;
      usable.push_back(std::move(candidate.interface));
    }
  }
  return usable;
}

}  // namespace otatool::mdns
