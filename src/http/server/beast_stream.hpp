// The bytes of one connection, in the clear or through TLS, without a rule of HTTP. Every wait ends
// when the connection is cancelled; whoever watches the time does that.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "otatool/http/content.hpp"

namespace otatool::http {

/// When a connection has used up its time, unless something happens before.
struct Deadline {
  std::chrono::steady_clock::time_point at{};
  std::chrono::milliseconds stall{};

  void set(std::chrono::milliseconds from_now) { at = std::chrono::steady_clock::now() + from_now; }
  /// The client took bytes.
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

  /// What comes before the first byte; false if it failed.
  virtual Task<bool> open() = 0;
  /// At least one byte; 0 when there will be none: the client has closed, or it failed (broken()).
  virtual Task<std::size_t> read_some(std::span<char> buffer) = 0;
  /// False if it failed. `more` follows at once.
  virtual Task<bool> write(std::string_view text, bool more) = 0;
  /// How many of the bytes were handed over: less than `length` if it failed.
  virtual Task<std::uint64_t> send(const Content& content,
                                   std::uint64_t first,
                                   std::uint64_t length) = 0;
  /// Says that nothing more will be sent.
  virtual void finish() = 0;

  [[nodiscard]] Socket& socket() { return socket_; }
  /// The connection was reset, or ended in a way that its protocol does not allow.
  [[nodiscard]] bool broken() const { return broken_; }
  /// Bytes that were handed to the system so far, those of TLS included.
  [[nodiscard]] virtual std::uint64_t written() const = 0;
  /// Whether the client's system has taken everything.
  [[nodiscard]] bool delivered() { return delivered(written()); }
  /// Whether it has taken the first `count` of the bytes written.
  [[nodiscard]] bool delivered(std::uint64_t count);
  /// Ends every wait, now and from now on.
  void cancel();
  /// The same, and makes the end a reset.
  void break_off();

 protected:
  enum class Wait { ToRead, ToWrite };
  /// False if the connection was cancelled.
  Task<bool> wait(Wait what);
  [[nodiscard]] Deadline& deadline() { return deadline_; }
  void set_broken() { broken_ = true; }

 private:
  Socket socket_;
  Deadline& deadline_;
  bool broken_ = false;
  bool cancelled_ = false;
};

[[nodiscard]] std::unique_ptr<Stream> make_plain_stream(Stream::Socket socket, Deadline& deadline);

}  // namespace otatool::http
