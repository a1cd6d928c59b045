// The byte stream of one server connection, plain or TLS, without HTTP. It has no timer: cancel()
// ends every wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "otatool/http/content.hpp"

#include "http/text/proxy_header.hpp"

namespace otatool::http {

/// The deadline of a connection; progress extends it.
struct Deadline {
  std::chrono::steady_clock::time_point at{};
  std::chrono::milliseconds stall{};

  void set(std::chrono::milliseconds from_now) { at = std::chrono::steady_clock::now() + from_now; }
  /// The client accepted bytes.
  void on_progress() { set(stall); }
};

class Stream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  template <typename T>
  using Task = boost::asio::awaitable<T>;

  Stream(Socket socket, Deadline& deadline) : socket_(std::move(socket)), deadline_(deadline) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// What the connection begins with, before open(). Only a header is taken from the socket, and of
  /// other input at most what looks like the beginning of one: that comes in `rest`.
  struct Beginning {
    ProxyHeader header;
    std::string rest;
  };
  /// Malformed also if the connection ends.
  Task<Beginning> take_proxy_header();
  /// Performs the TLS handshake, if any; false if it failed.
  virtual Task<bool> open() = 0;
  /// Whether a further request may be served: the client's certificate has not expired, and the
  /// settings that it was checked with are still in use.
  [[nodiscard]] virtual bool trusted() const { return true; }
  /// Reads at least one byte; 0 if the client closed the connection or reading failed (broken()).
  virtual Task<std::size_t> read_some(std::span<char> buffer) = 0;
  /// Writes all of `text`; false if that failed. `more`: further data follows at once.
  virtual Task<bool> write(std::string_view text, bool more) = 0;
  /// Returns the number of bytes sent: less than `length` if sending failed.
  virtual Task<std::uint64_t> send(const Content& content,
                                   std::uint64_t first,
                                   std::uint64_t length) = 0;
  /// Ends the sending direction.
  virtual void finish() = 0;
  /// Whether closing the socket ends the connection without a reset, and without finish(): the
  /// client's last byte is read, as far as it has come.
  [[nodiscard]] virtual bool can_close_at_once() { return false; }

  [[nodiscard]] Socket& socket() { return socket_; }
  /// The connection was reset or violated its protocol.
  [[nodiscard]] bool broken() const { return broken_; }
  /// Bytes passed to the kernel, with those of TLS.
  [[nodiscard]] virtual std::uint64_t written() const = 0;
  /// Whether the client's TCP acknowledged everything.
  [[nodiscard]] bool delivered() { return delivered(written()); }
  /// Whether the client's TCP acknowledged the first `count` bytes.
  [[nodiscard]] bool delivered(std::uint64_t count);
  /// Ends every current and later wait.
  void cancel();
  /// Cancels, and closes the connection with a reset.
  void break_off();

 protected:
  enum class Wait { ToRead, ToWrite };
  /// False if the connection was cancelled.
  Task<bool> wait(Wait what);
  [[nodiscard]] Deadline& deadline() { return deadline_; }
  void set_broken() { broken_ = true; }
  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  Socket socket_;
  Deadline& deadline_;
  bool broken_ = false;
  bool cancelled_ = false;
};

[[nodiscard]] std::unique_ptr<Stream> make_plain_stream(Stream::Socket socket, Deadline& deadline);

}  // namespace otatool::http
