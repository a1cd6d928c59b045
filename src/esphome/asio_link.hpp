// The TCP connection to one device. Sends what it is given and reports events; contains no rule of
// the protocol.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "otatool/bytes.hpp"
#include "otatool/delivery/local_end.hpp"
#include "otatool/esphome/session.hpp"

namespace otatool::esphome {

class AsioLink {
 public:
  explicit AsioLink(boost::asio::io_context& io);
  AsioLink(AsioLink&&) = delete;
  AsioLink& operator=(AsioLink&&) = delete;
  /// Closes the connection: with a reset unless close_in_order() was called, so that a device which
  /// waits for more does not block the next connection.
  ~AsioLink();

  /// Connects within `limit`; `segment_size`: bytes of the largest TCP segment, 0 for no limit.
  /// Returns NoAnswer, PortClosed, HostUnreachable, NetworkFailed or ListenFailed if there is no
  /// connection, and Interrupted after interrupt().
  [[nodiscard]] boost::asio::awaitable<std::optional<Error>> connect(
      boost::asio::ip::tcp::endpoint device,
      delivery::LocalEnd local,
      int segment_size,
      Millis limit);

  /// Time since the link was made: the `now` of the session.
  [[nodiscard]] Millis now() const;
  /// Sends `bytes`, which must stay valid until the Sent event.
  void send(Bytes bytes);
  /// The next event; TimedOut if `deadline` passes first; nothing after interrupt().
  [[nodiscard]] boost::asio::awaitable<std::optional<Event>> next_event(Millis deadline);
  /// Joins small writes into full segments, for the data, or sends each at once.
  void join_writes(bool join);
  /// Ends this and every later wait at once.
  void interrupt();
  void close_in_order();

 private:
  class Socket;
  std::shared_ptr<Socket> socket_;
};

}  // namespace otatool::esphome
