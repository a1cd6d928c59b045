#include "espota/asio_icmp_errors.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace otatool::espota {
namespace {

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

void add_error(const cmsghdr* part, const sockaddr_storage& target, std::vector<Event>& events) {
  const bool is_error = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                        (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
  if (!is_error) {
    return;
  }
  sock_extended_err detail{};
  std::memcpy(&detail, CMSG_DATA(part), sizeof detail);
  if (detail.ee_errno == ECONNREFUSED) {
    events.emplace_back(PortUnreachable{port_of(target)});
  } else if (detail.ee_errno == EHOSTUNREACH || detail.ee_errno == ENETUNREACH) {
    events.emplace_back(HostUnreachable{});
  }
}

}  // namespace

std::vector<Event> read_icmp_errors(int socket) {
  std::vector<Event> events;
  for (;;) {
    sockaddr_storage target{};
    alignas(cmsghdr) std::array<char, 512> control{};
    msghdr message{};
    message.msg_name = &target;
    message.msg_namelen = sizeof target;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
      return events;
    }
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
      add_error(part, target, events);
    }
  }
}

}  // namespace otatool::espota
