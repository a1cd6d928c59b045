#include "cli/serve/own_hosts.hpp"

#include <array>
#include <ifaddrs.h>
#include <limits.h>
#include <memory>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace otatool::cli {

std::vector<OwnAddress> own_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return {};
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, freeifaddrs);
  std::vector<OwnAddress> addresses;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET ||
        (each->ifa_flags & IFF_UP) == 0) {
      continue;
    }
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(each->ifa_addr,
                    sizeof(sockaddr_in),
                    text.data(),
                    text.size(),
                    nullptr,
                    0,
                    NI_NUMERICHOST) == 0) {
      addresses.push_back({text.data(), (each->ifa_flags & IFF_LOOPBACK) != 0});
    }
  }
  return addresses;
}

std::vector<std::string> own_names() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') {
    return {};
  }
  const std::string host(name.data());
  return host.find('.') == std::string::npos ? std::vector{host, host + ".local"}
                                             : std::vector{host};
}

}  // namespace otatool::cli
