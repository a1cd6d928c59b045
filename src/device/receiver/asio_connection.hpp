// One TCP connection of the device to a host, from connect to the last FIN. Knows no protocol.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace otatool::device {

/// Receives the events of a connection; none follow on_connect_failed, on_closed or drop().
class ConnectionOwner {
 public:
  virtual void on_connected() = 0;
  virtual void on_connect_failed(boost::system::error_code reason) = 0;
  virtual void on_bytes(std::span<const std::uint8_t> bytes) = 0;
  /// How long not to read because the flash is busy.
  virtual std::chrono::microseconds busy_time() = 0;
  /// The peer closed the connection; `reason` is set after a reset.
  virtual void on_closed(boost::system::error_code reason) = 0;

 protected:
  ~ConnectionOwner() = default;
};

class AsioConnection final : public std::enable_shared_from_this<AsioConnection> {
 public:
  using tcp = boost::asio::ip::tcp;

  AsioConnection(boost::asio::io_context& context, ConnectionOwner& owner);

  /// Connects from `local`. A `window` other than 0 limits the receive window in bytes.
  void connect(const tcp::endpoint& local, const tcp::endpoint& to, std::size_t window);
  /// Queues all of `bytes`, or nothing if the queue is full.
  [[nodiscard]] bool send(std::string_view bytes);
  /// Bytes that the peer's TCP has not acknowledged.
  [[nodiscard]] std::size_t undelivered();
  /// Sends FIN after the queued bytes; reads until the peer closes too.
  void close();
  /// Sends RST at once.
  void drop();

 private:
  void read();
  void wait_for_flash(std::chrono::microseconds busy);
  void take_bytes();
  void write();
  void finish(boost::system::error_code reason);
  void fail_connecting(boost::system::error_code reason);

  tcp::socket socket_;
  boost::asio::steady_timer busy_timer_;
  ConnectionOwner* owner_;
  std::array<std::uint8_t, 4096> received_{};
  std::string queue_;
  std::string writing_;
  bool closing_ = false;
};

}  // namespace otatool::device
