// The device's end of one TCP connection, from connecting to the last FIN. Knows no protocol.
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

/// Who hears of a connection. Nothing is told after on_connect_failed, on_closed or drop().
class ConnectionOwner {
 public:
  virtual void on_connected() = 0;
  virtual void on_connect_failed(boost::system::error_code reason) = 0;
  /// Returns for how long nothing will be read: the time that the flash is busy.
  virtual std::chrono::microseconds on_bytes(std::span<const std::uint8_t> bytes) = 0;
  /// The peer closed; `reason` is set when it was by a reset.
  virtual void on_closed(boost::system::error_code reason) = 0;

 protected:
  ~ConnectionOwner() = default;
};

class AsioConnection final : public std::enable_shared_from_this<AsioConnection> {
 public:
  using tcp = boost::asio::ip::tcp;

  AsioConnection(boost::asio::io_context& context, ConnectionOwner& owner);

  /// Connects from `local`. A `window` that is not 0 bounds what the peer may have under way.
  void connect(const tcp::endpoint& local, const tcp::endpoint& to, std::size_t window);
  /// Queues all of `bytes`, or nothing when too much is queued already.
  [[nodiscard]] bool send(std::string_view bytes);
  /// Bytes that the peer's TCP has not acknowledged.
  [[nodiscard]] std::size_t undelivered();
  /// FIN behind what is queued; reading goes on until the peer closes too.
  void close();
  /// RST, at once.
  void drop();

 private:
  void read();
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
