#include "mdns/asio/asio_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/multicast.hpp>

#include "delivery/asio_shared_port.hpp"

namespace otatool::mdns {
namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr int kHops = 255;                        // RFC 6762 11
constexpr int kReceiveBufferBytes = 4096 * 1024;  // hundreds of devices answer within milliseconds
constexpr int kDatagramsAtOnce = 64;
/// ICMP errors of earlier datagrams that may be reported instead of sending one.
constexpr int kPendingErrors = 3;

const asio::ip::address_v4 kGroup4({224, 0, 0, 251});
const asio::ip::address_v6 kGroup6({0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB});

template <typename Value>
bool set(int socket, int level, int option, const Value& value) {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

tl::unexpected<Error> failure(std::string_view what, std::string_view why) {
  return fail(Errc::NetworkFailed, fmt::format("{}: {}", what, why));
}

ip_mreqn group_on(const Interface& interface) {
  ip_mreqn request{};
  request.imr_multiaddr.s_addr = htonl(kGroup4.to_uint());
  // The source address of sent packets. On loopback Linux would use the address of another
  // interface, and loopback addresses in the replies would then be ignored.
  boost::system::error_code unknown;
  request.imr_address.s_addr = htonl(asio::ip::make_address_v4(interface.ipv4, unknown).to_uint());
  request.imr_ifindex = static_cast<int>(interface.index);
  return request;
}

bool set_up_ipv4(int socket, const Interface* interface) {
  const int on = 1;
  bool done = set(socket, IPPROTO_IP, IP_PKTINFO, on);
  if (interface != nullptr) {
    done = done && set(socket, IPPROTO_IP, IP_MULTICAST_IF, group_on(*interface)) &&
           set(socket, IPPROTO_IP, IP_MULTICAST_TTL, kHops) &&
           set(socket, IPPROTO_IP, IP_MULTICAST_LOOP, on);
  }
  return done;
}

bool set_up_ipv6(int socket, const Interface* interface) {
  const int on = 1;
  bool done =
      set(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, on) && set(socket, IPPROTO_IPV6, IPV6_V6ONLY, on);
  if (interface != nullptr) {
    const int index = static_cast<int>(interface->index);
    done = done && set(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, index) &&
           set(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHops) &&
           set(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, on);
  }
  return done;
}

/// The system's count of dropped datagrams, if there are any (SO_RXQ_OVFL).
std::uint32_t overflow_of(msghdr& message) {
  std::uint32_t count = 0;
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
       each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&count, CMSG_DATA(each), sizeof count);
    }
  }
  return count;
}

/// Whether the message of an error queue says that the port of the destination is closed.
bool is_refusal(msghdr& message) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
       each = CMSG_NXTHDR(&message, each)) {
    if ((each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_RECVERR) ||
        (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_RECVERR)) {
      sock_extended_err detail{};
      std::memcpy(&detail, CMSG_DATA(each), sizeof detail);
      return detail.ee_errno == ECONNREFUSED;
    }
  }
  return false;
}

/// Whether the error may be that of an earlier datagram, which does not concern the next one.
bool may_be_of_another(int error) {
  return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH;
}

/// Joins on one interface and receives multicast only from there.
bool join(int socket, const Interface& interface, bool ipv6) {
  const int off = 0;
  if (!ipv6) {
    return set(socket, IPPROTO_IP, IP_MULTICAST_ALL, off) &&
           set(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, group_on(interface));
  }
  ipv6_mreq request{};
  const auto group = kGroup6.to_bytes();
  std::memcpy(&request.ipv6mr_multiaddr, group.data(), group.size());
  request.ipv6mr_interface = interface.index;
  return set(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL, off) &&
         set(socket, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, request);
}

unsigned interface_of(msghdr& message) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
       each = CMSG_NXTHDR(&message, each)) {
    if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(each), sizeof info);
      return static_cast<unsigned>(info.ipi_ifindex);
    }
    if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(each), sizeof info);
      return info.ipi6_ifindex;
    }
  }
  return 0;
}

void take_source(const sockaddr_storage& from, Datagram& datagram) {
  if (from.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(from);
    Ipv6 address;
    std::memcpy(address.bytes.data(), &ipv6.sin6_addr, address.bytes.size());
    datagram.source = Ip(address);
    datagram.source_port = ntohs(ipv6.sin6_port);
  } else {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(from);
    Ipv4 address;
    std::memcpy(address.bytes.data(), &ipv4.sin_addr, address.bytes.size());
    datagram.source = Ip(address);
    datagram.source_port = ntohs(ipv4.sin_port);
  }
}

}  // namespace

AsioSocket::AsioSocket(asio::io_context& io, bool ipv6) : socket_(io), ipv6_(ipv6) {}

Result<void> AsioSocket::prepare(const Interface* interface) {
  error_code error;
  socket_.open(ipv6_ ? udp::v6() : udp::v4(), error);
  if (!error) {
    socket_.non_blocking(true, error);
  }
  if (error) {
    return failure("cannot open a UDP socket", error.message());
  }
  const int native = socket_.native_handle();
  if (!(ipv6_ ? set_up_ipv6(native, interface) : set_up_ipv4(native, interface))) {
    return failure("cannot use multicast", std::strerror(errno));
  }
  socket_.set_option(asio::socket_base::receive_buffer_size(kReceiveBufferBytes), error);
  const int on = 1;
  set(native, SOL_SOCKET, SO_RXQ_OVFL, on);
  interface_index_ = interface == nullptr ? 0 : interface->index;
  return {};
}

Result<void> AsioSocket::open_own(const Interface* interface) {
  TRY_VOID(prepare(interface));
  error_code error;
  socket_.bind({ipv6_ ? udp::v6() : udp::v4(), 0}, error);
  if (error) {
    return failure("cannot bind a UDP socket", error.message());
  }
  return {};
}

Result<void> AsioSocket::open_shared(const Interface& interface, std::uint16_t port) {
  TRY_VOID(prepare(&interface));
  udp::endpoint group(kGroup4, port);
  if (ipv6_) {
    group = udp::endpoint(asio::ip::address_v6(kGroup6.to_bytes(), interface.index), port);
  }
  if (const error_code error = delivery::bind_shared(socket_, group)) {
    return failure(fmt::format("cannot share UDP port {}", port), error.message());
  }
  if (!join(socket_.native_handle(), interface, ipv6_)) {
    return failure("cannot join the multicast group", std::strerror(errno));
  }
  return {};
}

void AsioSocket::bind_to_interface(const std::string& name) {
  if (!name.empty()) {
    static_cast<void>(setsockopt(socket_.native_handle(),
                                 SOL_SOCKET,
                                 SO_BINDTODEVICE,
                                 name.c_str(),
                                 static_cast<socklen_t>(name.size())));
  }
}

void AsioSocket::listen(Listener listener, RefusalListener on_refusal) {
  listener_ = std::move(listener);
  on_refusal_ = std::move(on_refusal);
  if (on_refusal_) {
    const int on = 1;
    set(socket_.native_handle(),
        ipv6_ ? IPPROTO_IPV6 : IPPROTO_IP,
        ipv6_ ? IPV6_RECVERR : IP_RECVERR,
        on);
  }
  wait();
}

void AsioSocket::wait() {
  socket_.async_wait(udp::socket::wait_read, [this](const error_code& error) {
    if (!error) {
      drain();
      wait();
    }
  });
}

void AsioSocket::drain() {
  if (on_refusal_) {
    receive_refusals();
  }
  for (int i = 0; i < kDatagramsAtOnce && receive(); ++i) {
  }
}

bool AsioSocket::receive() {
  sockaddr_storage from{};
  iovec bytes{.iov_base = buffer_.data(), .iov_len = buffer_.size()};
  alignas(cmsghdr) std::array<char, 128> control{};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t length = recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
  if (length < 0) {
    return may_be_of_another(errno) || errno == EINTR;
  }
  Datagram datagram;
  datagram.bytes = Bytes(buffer_).first(static_cast<std::size_t>(length));
  take_source(from, datagram);
  datagram.interface_index = interface_of(message);
  overflowed_ = std::max(overflowed_, overflow_of(message));
  listener_(datagram);
  return true;
}

void AsioSocket::receive_refusals() {
  for (int i = 0; i < kDatagramsAtOnce; ++i) {
    udp::endpoint target;
    alignas(cmsghdr) std::array<char, 512> control{};
    msghdr message{};
    message.msg_name = target.data();
    message.msg_namelen = static_cast<socklen_t>(target.capacity());
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(socket_.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
      return;
    }
    if (is_refusal(message)) {
      target.resize(message.msg_namelen);
      on_refusal_(target.address());
    }
  }
}

Result<void> AsioSocket::multicast(Bytes packet, std::uint16_t port) {
  if (ipv6_) {
    return send(packet, {asio::ip::address_v6(kGroup6.to_bytes(), interface_index_), port});
  }
  return send(packet, {kGroup4, port});
}

Result<void> AsioSocket::send(Bytes packet, const udp::endpoint& to) {
  error_code error;
  socket_.send_to(asio::buffer(packet.data(), packet.size()), to, 0, error);
  for (int i = 0; may_be_of_another(error.value()) && i < kPendingErrors; ++i) {
    socket_.send_to(asio::buffer(packet.data(), packet.size()), to, 0, error);
  }
  if (error) {
    return failure(fmt::format("cannot send to {}", to.address().to_string()), error.message());
  }
  return {};
}

}  // namespace otatool::mdns
