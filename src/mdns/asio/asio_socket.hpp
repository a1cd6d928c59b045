// One UDP socket for multicast DNS, IPv4 or IPv6. Knows no rules of the protocol.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

#include "mdns/asio/asio_interfaces.hpp"
#include "mdns/message/ip.hpp"

namespace otatool::mdns {

/// A datagram and its source.
struct Datagram {
  Bytes bytes;
  Ip source;
  std::uint16_t source_port = 0;
  unsigned interface_index = 0;
};

class AsioSocket {
 public:
  using Listener = std::function<void(const Datagram&)>;
  /// Gets the address of a host whose port is closed (ICMP).
  using RefusalListener = std::function<void(const boost::asio::ip::address&)>;

  AsioSocket(boost::asio::io_context& io, bool ipv6);
  AsioSocket(const AsioSocket&) = delete;
  AsioSocket& operator=(const AsioSocket&) = delete;
  ~AsioSocket() = default;

  /// Binds to a random port; multicasts on `interface`. nullptr: for unicast only.
  [[nodiscard]] Result<void> open_own(const Interface* interface);
  /// Shares `port` with other mDNS programs on this host, and joins the group on `interface`. Binds
  /// to the address of the group, so that a daemon still gets the unicast packets for this host.
  [[nodiscard]] Result<void> open_shared(const Interface& interface, std::uint16_t port);

  /// Sends and receives only through this interface, whatever the route; empty: no effect. Without
  /// the permission (Linux before 5.7) the route decides.
  void bind_to_interface(const std::string& name);

  /// Passes every datagram to `listener`, and every refusal of a datagram to `on_refusal`, if there
  /// is one. They must not destroy this socket.
  void listen(Listener listener, RefusalListener on_refusal = {});
  /// Datagrams that the system has dropped because they came faster than they were read.
  [[nodiscard]] std::uint32_t overflowed() const { return overflowed_; }
  [[nodiscard]] Result<void> multicast(Bytes packet, std::uint16_t port);
  [[nodiscard]] Result<void> send(Bytes packet, const boost::asio::ip::udp::endpoint& to);

 private:
  [[nodiscard]] Result<void> prepare(const Interface* interface);
  void wait();
  void drain();
  bool receive();
  void receive_refusals();

  boost::asio::ip::udp::socket socket_;
  bool ipv6_;
  unsigned interface_index_ = 0;
  std::uint32_t overflowed_ = 0;
  Listener listener_;
  RefusalListener on_refusal_;
  std::array<std::uint8_t, 9000> buffer_{};  ///< the largest mDNS packet (RFC 6762 17)
};

}  // namespace otatool::mdns
