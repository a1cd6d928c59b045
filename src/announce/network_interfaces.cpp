#include "announce/network_interfaces.hpp"

#include <algorithm>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>

namespace otatool::announce {
namespace ip = boost::asio::ip;

namespace {

std::optional<ip::address> address_of(const sockaddr* address) {
  if (address == nullptr) {
    return std::nullopt;
  }
  if (address->sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, address, sizeof(ipv4));
    return ip::address_v4(ntohl(ipv4.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof(ipv6));
    ip::address_v6::bytes_type bytes{};
    std::copy_n(ipv6.sin6_addr.s6_addr, bytes.size(), bytes.begin());
    return ip::address_v6(bytes, ipv6.sin6_scope_id);
  }
  return std::nullopt;
}

bool is_usable(unsigned flags) {
  constexpr unsigned kReachesOthers = IFF_MULTICAST | IFF_LOOPBACK;
  return (flags & IFF_UP) != 0 && (flags & kReachesOthers) != 0 && (flags & IFF_POINTOPOINT) == 0;
}

bool leads_to(const ip::address& local, const ip::address& address) {
  if (!local.is_unspecified()) {
    return address == local;
  }
  return local.is_v6() || address.is_v4();
}

/// All of 127.0.0.0/8 belongs to the loopback interface, whatever address it lists.
bool is_on(const ip::address& local, const NetworkInterface& interface) {
  return interface.loopback && local.is_v4() && local.is_loopback();
}

}  // namespace

std::vector<NetworkInterface> multicast_interfaces() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return {};
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, freeifaddrs);
  std::vector<NetworkInterface> interfaces;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    const auto address = address_of(entry->ifa_addr);
    if (!address || !is_usable(entry->ifa_flags)) {
      continue;
    }
    auto known = std::ranges::find(interfaces, entry->ifa_name, &NetworkInterface::name);
    if (known == interfaces.end()) {
      interfaces.push_back({entry->ifa_name,
                            if_nametoindex(entry->ifa_name),
                            (entry->ifa_flags & IFF_LOOPBACK) != 0,
                            {}});
      known = std::prev(interfaces.end());
    }
    known->addresses.push_back(*address);
  }
  return interfaces;
}

Result<std::vector<NetworkInterface>> interfaces_for(const ip::address& local,
                                                     std::span<const NetworkInterface> all,
                                                     std::span<const std::string> names) {
  for (const std::string& name : names) {
    if (std::ranges::find(all, name, &NetworkInterface::name) == all.end()) {
      return fail(Errc::NotFound, "no interface '" + name + "' that can do multicast");
    }
  }
  std::vector<NetworkInterface> chosen;
  for (NetworkInterface interface : all) {
    if (!names.empty() && std::ranges::find(names, interface.name) == names.end()) {
      continue;
    }
    if (is_on(local, interface)) {
      interface.addresses = {local};
    } else {
      std::erase_if(interface.addresses,
                    [&local](const ip::address& address) { return !leads_to(local, address); });
    }
    if (!interface.addresses.empty()) {
      chosen.push_back(std::move(interface));
    }
  }
  const bool reaches_others = std::ranges::any_of(
      chosen, [](const NetworkInterface& interface) { return !interface.loopback; });
  if (names.empty() && reaches_others) {
    std::erase_if(chosen, [](const NetworkInterface& interface) { return interface.loopback; });
  }
  return chosen;
}

}  // namespace otatool::announce
