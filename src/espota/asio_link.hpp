// The sockets of one attempt: UDP for the handshake, a listener, and the device's connection.
// Sends what it is given and reports events; contains no protocol rule.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include "otatool/bytes.hpp"
#include "otatool/delivery/local_end.hpp"
#include "otatool/espota/session.hpp"
#include "otatool/espota/upload.hpp"
#include "otatool/result.hpp"

namespace otatool::espota {

struct LinkOptions {
  boost::asio::ip::address device;
  std::uint16_t device_port = 0;  ///< only to find the route
  delivery::LocalEnd local;
  PortRange host_ports;
  bool any_peer = false;
  bool small_segments = false;  ///< TCP segments of delivery::kSmallSegment bytes
};

class AsioLink {
 public:
  /// Binds the UDP socket and the listener to one local address. Fails with ListenFailed or
  /// NetworkFailed.
  [[nodiscard]] static Result<AsioLink> open(boost::asio::io_context& io,
                                             const LinkOptions& options);

  AsioLink(AsioLink&&) noexcept;
  AsioLink& operator=(AsioLink&&) = delete;
  /// Closes every socket. Resets the connection unless close_in_order() was called, so that the
  /// device does not wait for more data.
  ~AsioLink();

  [[nodiscard]] std::string local_address() const;
  [[nodiscard]] std::uint16_t host_port() const;
  /// Time since the link was opened: the `now` of the session.
  [[nodiscard]] Millis now() const;

  void send(const SendDatagram& datagram);
  /// Sends `line` and `chunk`, which must stay valid until its ChunkSent event.
  void send_chunk(std::string line, Bytes chunk);
  /// The next event; TimedOut if `deadline` passes first; nothing after interrupt().
  [[nodiscard]] boost::asio::awaitable<std::optional<Event>> next_event(Millis deadline);
  /// Ends this and every later wait of next_event at once.
  void interrupt();
  /// Makes the destructor close the connection in order instead of resetting it.
  void close_in_order();

 private:
  class Sockets;
  explicit AsioLink(std::shared_ptr<Sockets> sockets);
  std::shared_ptr<Sockets> sockets_;
};

}  // namespace otatool::espota
