#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "otatool/doctor/probe.hpp"

#include "doctor/asio_nft_reader.hpp"
#include "doctor/asio_self_test.hpp"
#include "doctor/surroundings.hpp"

namespace otatool::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAvahiSocket = "/run/avahi-daemon/socket";

/// For files of /proc, whose size is unknown. Empty if the file cannot be read, as when its process
/// has ended.
std::string read_small_file(const fs::path& path) {
  constexpr std::size_t kLargest = std::size_t{1} << 20U;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> piece{};
  do {  // read() reports a failure, where a stream iterator throws
    file.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  } while (file && text.size() < kLargest);
  return text;
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, address, sizeof(ipv4));
    inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof(ipv6));
    inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

std::vector<InterfaceFacts> list_interfaces() {
  std::vector<InterfaceFacts> interfaces;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return interfaces;
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, freeifaddrs);
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    auto known = std::ranges::find(interfaces, entry->ifa_name, &InterfaceFacts::name);
    if (known == interfaces.end()) {
      InterfaceFacts facts;
      facts.name = entry->ifa_name;
      facts.up = (entry->ifa_flags & IFF_UP) != 0;
      facts.loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
      facts.multicast = (entry->ifa_flags & (IFF_MULTICAST | IFF_LOOPBACK)) != 0;
      facts.point_to_point = (entry->ifa_flags & IFF_POINTOPOINT) != 0;
      known = interfaces.insert(interfaces.end(), std::move(facts));
    }
    const std::string address = entry->ifa_addr == nullptr ? "" : text_of(entry->ifa_addr);
    if (!address.empty()) {
      known->addresses.push_back(address);
    }
  }
  for (InterfaceFacts& interface : interfaces) {
    std::stable_partition(
        interface.addresses.begin(), interface.addresses.end(), [](const std::string& address) {
          return address.find(':') == std::string::npos;
        });
  }
  return interfaces;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// The entries of a folder. A folder of a process may disappear while it is read.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    entries.push_back(entry->path());
  }
  return entries;
}

/// True if the process has the socket; false without permission to see its descriptors.
bool has_socket(const fs::path& process, const std::string& link) {
  return std::ranges::any_of(entries_of(process / "fd"), [&link](const fs::path& descriptor) {
    std::error_code error;
    return fs::read_symlink(descriptor, error) == link;
  });
}

std::string program_of(const fs::path& process) {
  std::string name = read_small_file(process / "comm");
  name.resize(std::min(name.size(), name.find('\n')));
  return name;
}

bool runs(std::string_view program) {
  return std::ranges::any_of(entries_of("/proc"), [program](const fs::path& process) {
    return is_number(process.filename().string()) && program_of(process) == program;
  });
}

std::string program_with_socket(std::uint64_t inode) {
  const std::string link = "socket:[" + std::to_string(inode) + "]";
  for (const fs::path& process : entries_of("/proc")) {
    if (is_number(process.filename().string()) && has_socket(process, link)) {
      return program_of(process);
    }
  }
  return {};
}

std::vector<PortOwner> owners_of_port(std::uint16_t port) {
  std::vector<PortOwner> owners;
  for (const char* const table : {"/proc/self/net/udp", "/proc/self/net/udp6"}) {
    for (const UdpSocketEntry& entry : sockets_at_port(read_small_file(table), port)) {
      const PortOwner owner{program_with_socket(entry.inode), entry.uid};
      if (std::ranges::find(owners, owner) == owners.end()) {
        owners.push_back(owner);
      }
    }
  }
  return owners;
}

/// Connects, because the socket file may outlive the daemon.
bool avahi_answers() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  kAvahiSocket.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) {
    return false;
  }
  const bool connected =
      connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(handle);
  return connected;
}

Traces find_traces() {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  std::error_code error;
  return {.kernel_version = read_small_file("/proc/version"),
          .first_process_groups = read_small_file("/proc/1/cgroup"),
          .container_variable = variable("container"),
          .docker_file = fs::exists("/.dockerenv", error),
          .podman_file = fs::exists("/run/.containerenv", error),
          .kubernetes_variable = !variable("KUBERNETES_SERVICE_HOST").empty()};
}

}  // namespace

LocalFacts examine_this_computer(std::uint16_t mdns_port) {
  LocalFacts facts;
  facts.interfaces = list_interfaces();
  facts.mdns_port = mdns_port;
  facts.mdns_owners = owners_of_port(mdns_port);
  facts.mdns_failure = sharing_failure(mdns_port);
  facts.avahi_daemon = avahi_answers();
  facts.surroundings = recognise_surroundings(find_traces());
  facts.firewall = recognise_firewall(read_small_file("/etc/ufw/ufw.conf"), runs("firewalld"));
  facts.rules = read_firewall_rules();
  test_echoes(facts.interfaces, mdns_port);
  return facts;
}

}  // namespace otatool::doctor
