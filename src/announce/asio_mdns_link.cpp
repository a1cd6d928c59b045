#include "announce/asio_mdns_link.hpp"

#include <algorithm>
#include <chrono>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include "announce/asio_endpoint.hpp"
#include "delivery/asio_shared_port.hpp"

namespace otatool::announce {
namespace asio = boost::asio;
namespace ip = asio::ip;
using boost::system::error_code;

namespace {

template <typename Value>
bool set_option(ip::udp::socket& socket, int level, int name, const Value& value) {
  return setsockopt(socket.native_handle(), level, name, &value, sizeof(value)) == 0;
}

error_code last_error() {
  return {errno, boost::system::system_category()};
}

/// Joins the group on this interface only: without IP_MULTICAST_ALL 0 the socket also receives from
/// groups that other sockets on this host have joined.
error_code join(ip::udp::socket& socket,
                const ip::udp::endpoint& group,
                const NetworkInterface& interface) {
  constexpr int kMulticastTtl = 255;
  const auto index = static_cast<int>(interface.index);
  if (group.address().is_v4()) {
    ip_mreqn membership{};
    membership.imr_multiaddr.s_addr = htonl(group.address().to_v4().to_uint());
    membership.imr_ifindex = index;
    // The source address of sent datagrams; needed without a route to the group.
    const auto own = std::ranges::find_if(interface.addresses, &ip::address::is_v4);
    membership.imr_address.s_addr = htonl(own->to_v4().to_uint());
    const bool done = set_option(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership) &&
                      set_option(socket, IPPROTO_IP, IP_MULTICAST_IF, membership) &&
                      set_option(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0) &&
                      set_option(socket, IPPROTO_IP, IP_MULTICAST_TTL, kMulticastTtl);
    return done ? error_code() : last_error();
  }
  ipv6_mreq membership{};
  std::ranges::copy(group.address().to_v6().to_bytes(), membership.ipv6mr_multiaddr.s6_addr);
  membership.ipv6mr_interface = interface.index;
  const bool done = set_option(socket, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership) &&
                    set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, index) &&
                    set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kMulticastTtl);
  return done ? error_code() : last_error();
}

std::uint32_t now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

void OwnDatagrams::add(std::string_view datagram) {
  constexpr std::size_t kMost = 32;
  datagrams_.emplace_back(datagram);
  if (datagrams_.size() > kMost) {
    datagrams_.pop_front();
  }
}

bool OwnDatagrams::contain(std::string_view datagram) const {
  return std::ranges::find(datagrams_, datagram) != datagrams_.end();
}

AsioMdnsLink::AsioMdnsLink(asio::io_context& context,
                           const NetworkInterface& interface,
                           const udp& family,
                           std::uint16_t port,
                           OwnDatagrams& own,
                           Listener listener)
    : context_(context),
      interface_(interface),
      family_(family),
      port_(port),
      announcer_(firmware::Announcement{}),
      timer_(context),
      own_(own),
      listener_(std::move(listener)) {}

ip::udp::endpoint AsioMdnsLink::group() const {
  if (family_ == udp::v4()) {
    ip::address_v4::bytes_type bytes{};
    std::ranges::copy(firmware::kMdnsGroupIpv4, bytes.begin());
    return {ip::address_v4(bytes), port_};
  }
  ip::address_v6::bytes_type bytes{};
  std::ranges::copy(firmware::kMdnsGroupIpv6, bytes.begin());
  return {ip::address_v6(bytes, interface_.index), port_};
}

error_code AsioMdnsLink::listen(const udp::endpoint& local, bool group) {
  Receiver& receiver = receivers_.emplace_back(context_);
  error_code error;
  receiver.socket.open(family_, error);
  if (!error && family_ == udp::v6()) {
    receiver.socket.set_option(ip::v6_only(true), error);
  }
  if (!error) {
    error = delivery::bind_shared(receiver.socket, local, interface_.name);
  }
  if (!error && group) {
    error = join(receiver.socket, local, interface_);
  }
  if (error) {
    receivers_.pop_back();
  } else {
    receive(receiver);
  }
  return error;
}

Result<void> AsioMdnsLink::open() {
  if (const error_code error = listen(group(), true)) {
    return fail(
        Errc::ListenFailed,
        "cannot listen for mDNS on interface '" + interface_.name + "': " + error.message());
  }
  for (const ip::address& address : interface_.addresses) {
    if (address.is_v4() == (family_ == udp::v4())) {
      // If another program owns this address exclusively, only unicast queries are lost.
      static_cast<void>(listen(udp::endpoint(address, port_), false));
    }
  }
  return {};
}

void AsioMdnsLink::take(firmware::Announcement announcement) {
  announcement.address_count = 0;
  for (const ip::address& address : interface_.addresses) {
    if (announcement.address_count == firmware::Announcement::kMaxAddresses) {
      break;
    }
    const firmware::Endpoint endpoint = to_firmware(address, 0);
    firmware::HostAddress& next = announcement.addresses[announcement.address_count++];
    std::ranges::copy(endpoint.address, next.bytes);
    next.length = endpoint.address_length;
  }
  announcer_.replace(announcement);
}

void AsioMdnsLink::claim(const firmware::Announcement& announcement) {
  take(announcement);
  announcer_.probe(now());
  reported_ = announcer_.claim();
  send_due();
}

void AsioMdnsLink::announce(const firmware::Announcement& announcement) {
  take(announcement);
  announcer_.announce(now());
  send_due();
}

void AsioMdnsLink::receive(Receiver& receiver) {
  receiver.socket.async_receive_from(asio::buffer(receiver.datagram),
                                     receiver.sender,
                                     [this, &receiver](error_code error, std::size_t length) {
                                       // A datagram may have arrived before the socket was closed.
                                       if (error == asio::error::operation_aborted || stopped_) {
                                         return;
                                       }
                                       if (!error) {
                                         on_datagram(receiver, length);
                                       }
                                       receive(receiver);
                                     });
}

void AsioMdnsLink::on_datagram(Receiver& receiver, std::size_t length) {
  if (own_.contain({reinterpret_cast<const char*>(receiver.datagram.data()), length})) {
    return;
  }
  const std::uint16_t sender_port =
      receiver.sender.port() == port_ ? firmware::kMdnsPort : receiver.sender.port();
  const firmware::MdnsReply reply = announcer_.on_datagram(
      to_firmware(receiver.sender.address(), sender_port), receiver.datagram.data(), length, now());
  if (reply.to == firmware::MdnsReply::To::Sender) {
    // A datagram that cannot be sent is lost, as on a network.
    error_code ignored;
    receiver.socket.send_to(asio::buffer(reply.bytes, reply.length), receiver.sender, 0, ignored);
  }
  send_due();
}

void AsioMdnsLink::send_to_group(const firmware::MdnsReply& reply) {
  own_.add({reinterpret_cast<const char*>(reply.bytes), reply.length});
  error_code ignored;
  receivers_.front().socket.send_to(asio::buffer(reply.bytes, reply.length), group(), 0, ignored);
}

void AsioMdnsLink::send_due() {
  for (;;) {
    const firmware::MdnsReply reply = announcer_.poll(now());
    if (reply.to == firmware::MdnsReply::To::None) {
      break;
    }
    send_to_group(reply);
  }
  const std::uint32_t wait = announcer_.poll_after(now());
  if (wait == firmware::ProbingAnnouncer::kNever) {
    timer_.cancel();
  } else {
    timer_.expires_after(std::chrono::milliseconds(wait));
    timer_.async_wait([this](error_code error) {
      if (!error && !stopped_) {
        send_due();
      }
    });
  }
  if (std::exchange(reported_, announcer_.claim()) != announcer_.claim()) {
    listener_();
  }
}

void AsioMdnsLink::stop() {
  stopped_ = true;
  const firmware::MdnsReply goodbye = announcer_.goodbye();
  if (!receivers_.empty() && goodbye.to != firmware::MdnsReply::To::None) {
    send_to_group(goodbye);
  }
  timer_.cancel();
  for (Receiver& receiver : receivers_) {
    error_code ignored;
    receiver.socket.close(ignored);
  }
}

}  // namespace otatool::announce
