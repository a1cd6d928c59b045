// One UDP socket that sends and hears multicast DNS, of either family. Knows no rule of the
// protocol.
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

/// A datagram and where it came from.
struct Datagram {
  Bytes bytes;
  Ip source;
  std::uint16_t source_port = 0;
  unsigned interface_index = 0;
};

class AsioSocket {
 public:
  using Listener = std::function<void(const Datagram&)>;

  AsioSocket(boost::asio::io_context& io, bool ipv6);
  AsioSocket(const AsioSocket&) = delete;
  AsioSocket& operator=(const AsioSocket&) = delete;
  ~AsioSocket() = default;

  /// Binds to a port of our own; multicasts on `interface`, which may be nullptr for one that only
  /// unicasts.
  [[nodiscard]] Result<void> open_own(const Interface* interface);
  /// Shares `port` with whoever else speaks mDNS on this host, and joins the group on `interface`.
  /// Bound to the group's address: what is sent to this host's own address stays with a daemon.
  [[nodiscard]] Result<void> open_shared(const Interface& interface, std::uint16_t port);

  /// Tells of every datagram from now on. The listener must not destroy this socket.
  void listen(Listener listener);
  [[nodiscard]] Result<void> multicast(Bytes packet, std::uint16_t port);
  [[nodiscard]] Result<void> send(Bytes packet, const boost::asio::ip::udp::endpoint& to);

 private:
  [[nodiscard]] Result<void> prepare(const Interface* interface);
  void wait();
  void drain();
  bool receive();

  boost::asio::ip::udp::socket socket_;
  bool ipv6_;
  unsigned interface_index_ = 0;
  Listener listener_;
  std::array<std::uint8_t, 9000> buffer_{};  ///< the largest mDNS packet (RFC 6762 17)
};

}  // namespace otatool::mdns
