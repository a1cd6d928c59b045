#include "tests/support/mdns_farm.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace otatool::test {
namespace {

constexpr std::array<std::uint8_t, 16> kGroup6 = {
    0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB};
/// The second 16-bit word of a message holds the flags (RFC 1035 4.1.1).
constexpr std::size_t kFlagsOffset = 2;
constexpr std::uint8_t kResponseFlag = 0x80;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address ipv4_address(const std::array<std::uint8_t, 4>& bytes, std::uint16_t port) {
  Address address;
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(address.storage);
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(port);
  std::memcpy(&ipv4.sin_addr, bytes.data(), bytes.size());
  address.size = sizeof ipv4;
  return address;
}

Address ipv6_address(const std::array<std::uint8_t, 16>& bytes,
                     std::uint16_t port,
                     unsigned index) {
  Address address;
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(port);
  ipv6.sin6_scope_id = index;
  std::memcpy(&ipv6.sin6_addr, bytes.data(), bytes.size());
  address.size = sizeof ipv6;
  return address;
}

template <typename Value>
bool set(int socket, int level, int option, const Value& value) {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

bool set_multicast(int socket, bool ipv6, unsigned index) {
  if (ipv6) {
    return set(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(index)) &&
           set(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
  }
  ip_mreqn request{};
  request.imr_ifindex = static_cast<int>(index);
  return set(socket, IPPROTO_IP, IP_MULTICAST_IF, request) &&
         set(socket, IPPROTO_IP, IP_MULTICAST_TTL, 255);
}

bool join(int socket, bool ipv6, unsigned index) {
  if (ipv6) {
    ipv6_mreq request{};
    std::memcpy(&request.ipv6mr_multiaddr, kGroup6.data(), kGroup6.size());
    request.ipv6mr_interface = index;
    return set(socket, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, request);
  }
  ip_mreqn request{};
  request.imr_multiaddr.s_addr = htonl(0xE00000FB);
  request.imr_ifindex = static_cast<int>(index);
  return set(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0) &&
         set(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, request);
}

Address group_address(bool ipv6, std::uint16_t port, unsigned index) {
  return ipv6 ? ipv6_address(kGroup6, port, index) : ipv4_address({224, 0, 0, 251}, port);
}

std::uint16_t port_of(const Address& address) {
  return ntohs(address.storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
}

tl::unexpected<Error> failure(const char* what) {
  return fail(Errc::NetworkFailed, std::string(what) + ": " + std::strerror(errno));
}

/// A socket bound to `address`; other sockets may be bound to the same address.
Result<int> open_bound(bool ipv6, const Address& address) {
  const int handle =
      socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (handle < 0) {
    return failure("socket");
  }
  set(handle, SOL_SOCKET, SO_REUSEADDR, 1);
  set(handle, SOL_SOCKET, SO_RCVBUF, 4 << 20);
  if (bind(handle, address.get(), address.size) != 0) {
    auto failed = failure("bind");
    close(handle);
    return failed;
  }
  return handle;
}

}  // namespace

struct MdnsFarm::Device {
  MdnsResponder responder;
  int socket = -1;
  bool ipv6 = false;
  bool gone = false;
};

struct MdnsFarm::Pending {
  Device* device;
  MdnsResponder::Answer answer;
  Address to;
};

MdnsFarm::MdnsFarm(std::string interface, std::uint16_t port)
    : interface_(std::move(interface)),
      port_(port),
      index_(if_nametoindex(interface_.c_str())),
      began_(std::chrono::steady_clock::now()) {}

MdnsFarm::~MdnsFarm() {
  for (const auto& [ipv6, socket] : groups_) {
    close(socket);
  }
  for (const auto& device : devices_) {
    close(device->socket);
  }
}

mdns::Millis MdnsFarm::now() const {
  return std::chrono::duration_cast<mdns::Millis>(std::chrono::steady_clock::now() - began_);
}

Result<int> MdnsFarm::open_group(bool ipv6) {
  if (const auto known = groups_.find(ipv6); known != groups_.end()) {
    return known->second;
  }
  const auto socket = open_bound(ipv6, group_address(ipv6, port_, index_));
  if (!socket) {
    return socket;
  }
  groups_[ipv6] = *socket;
  if (!join(*socket, ipv6, index_)) {
    return failure("join");
  }
  return socket;
}

Result<void> MdnsFarm::add(const ResponderProfile& profile, bool ipv6) {
  if (const auto group = open_group(ipv6); !group) {
    return fail(group.error());
  }
  const Address own = ipv6 ? ipv6_address(profile.addresses6.front().bytes, port_, index_)
                           : ipv4_address(profile.addresses.front().bytes, port_);
  const auto socket = open_bound(ipv6, own);
  if (!socket) {
    return fail(socket.error());
  }
  if (!set_multicast(*socket, ipv6, index_)) {
    return failure("multicast");
  }
  const auto seed = static_cast<std::uint32_t>(devices_.size() + 1);
  devices_.push_back(
      std::make_unique<Device>(Device{MdnsResponder(profile, seed), *socket, ipv6, false}));
  return {};
}

/// Reads one packet from a socket and schedules the answers to it; false if there is no packet.
/// `only` is the owner of the socket, or null for a group socket, which all devices share.
bool MdnsFarm::receive(int socket, Device* only) {
  std::array<std::uint8_t, 9000> buffer{};
  Address from;
  from.size = sizeof from.storage;
  const ssize_t length = recvfrom(socket,
                                  buffer.data(),
                                  buffer.size(),
                                  0,
                                  reinterpret_cast<sockaddr*>(&from.storage),
                                  &from.size);
  if (length < 0) {
    return false;
  }
  const Bytes packet = Bytes(buffer).first(static_cast<std::size_t>(length));
  // A group socket receives the multicast answers of all devices too: skip them unparsed.
  if (packet.size() > kFlagsOffset && (packet[kFlagsOffset] & kResponseFlag) != 0) {
    return true;
  }
  const auto query = mdns::read_message(packet);
  if (!query) {
    return true;
  }
  const bool legacy = only != nullptr || port_of(from) != port_;
  for (const auto& device : devices_) {
    const bool same_family = device->ipv6 == (from.storage.ss_family == AF_INET6);
    if (device->gone || !same_family || (only != nullptr && only != device.get())) {
      continue;
    }
    for (MdnsResponder::Answer& answer : device->responder.receive(*query, legacy, now())) {
      pending_.emplace(answer.when, Pending{device.get(), std::move(answer), from});
    }
  }
  return true;
}

/// Sends the answers that are due.
void MdnsFarm::answer() {
  while (!pending_.empty() && pending_.begin()->first <= now()) {
    const Pending next = std::move(pending_.begin()->second);
    pending_.erase(pending_.begin());
    if (next.device->gone) {
      continue;
    }
    const std::vector<std::uint8_t>& packet = next.answer.packet;
    if (next.answer.unicast) {
      sendto(next.device->socket, packet.data(), packet.size(), 0, next.to.get(), next.to.size);
    } else {
      multicast(*next.device, packet);
    }
  }
}

void MdnsFarm::multicast(const Device& device, const std::vector<std::uint8_t>& packet) {
  const Address to = group_address(device.ipv6, port_, index_);
  sendto(device.socket, packet.data(), packet.size(), 0, to.get(), to.size);
}

void MdnsFarm::serve(std::chrono::milliseconds time, int input) {
  const mdns::Millis end = now() + time;
  std::vector<pollfd> descriptors{{input, POLLIN, 0}};
  for (const auto& [ipv6, socket] : groups_) {
    descriptors.push_back({socket, POLLIN, 0});
  }
  for (const auto& device : devices_) {
    descriptors.push_back({device->socket, POLLIN, 0});
  }
  while (now() < end) {
    const mdns::Millis wake = pending_.empty() ? end : std::min(end, pending_.begin()->first);
    const auto wait = std::max<mdns::Millis::rep>(0, (wake - now()).count());
    poll(descriptors.data(), descriptors.size(), static_cast<int>(wait));
    if (descriptors.front().revents != 0) {
      return;
    }
    // Answer between reads: under load queries arrive faster than this loop can empty the sockets.
    for (const auto& [ipv6, socket] : groups_) {
      while (receive(socket, nullptr)) {
        answer();
      }
    }
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      if (descriptors[descriptors.size() - devices_.size() + i].revents != 0) {
        while (receive(devices_[i]->socket, devices_[i].get())) {
          answer();
        }
      }
    }
    answer();
  }
}

void MdnsFarm::remove(std::size_t device, bool goodbye) {
  devices_[device]->gone = true;
  if (goodbye) {
    multicast(*devices_[device], devices_[device]->responder.goodbye());
  }
}

void MdnsFarm::send(std::size_t device, const std::vector<std::uint8_t>& packet) {
  multicast(*devices_[device], packet);
}

}  // namespace otatool::test
