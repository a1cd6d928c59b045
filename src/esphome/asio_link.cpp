#include "esphome/asio_link.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "delivery/asio_local_end.hpp"

namespace otatool::esphome {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// As ESPHome's client (esphome-ota.md 1).
constexpr int kSendBuffer = 64 * 1024;

Error connect_error(error_code error, Millis limit) {
  if (error == asio::error::operation_aborted || error == asio::error::timed_out) {
    return {
        Errc::NoAnswer,
        fmt::format("no connection within {:g} s", std::chrono::duration<double>(limit).count())};
  }
  if (error == asio::error::connection_refused) {
    return {Errc::PortClosed, "nothing listens on this port"};
  }
  if (error == asio::error::host_unreachable || error == asio::error::network_unreachable) {
    return {Errc::HostUnreachable, error.message()};
  }
  return {Errc::NetworkFailed, "cannot connect: " + error.message()};
}

}  // namespace

class AsioLink::Socket : public std::enable_shared_from_this<Socket> {
 public:
  explicit Socket(asio::io_context& io)
      : socket_(io), alarm_(io), begin_(std::chrono::steady_clock::now()) {}

  asio::awaitable<std::optional<Error>> connect(tcp::endpoint device,
                                                delivery::LocalEnd local,
                                                int segment_size,
                                                Millis limit);
  [[nodiscard]] Millis now() const {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin_);
  }
  void send(Bytes bytes);
  asio::awaitable<std::optional<Event>> next_event(Millis deadline);
  void join_writes(bool join) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(!join), ignored);
  }
  void interrupt() {
    interrupted_ = true;
    alarm_.cancel();
    if (!connected_) {
      error_code ignored;
      socket_.close(ignored);
    }
  }
  void close_in_order() { in_order_ = true; }
  void close() noexcept;

 private:
  void read();
  void on_read(const error_code& error, std::size_t length);
  void push(Event event) {
    events_.push_back(std::move(event));
    alarm_.cancel();
  }
  [[nodiscard]] std::size_t queued_bytes();

  tcp::socket socket_;
  asio::steady_timer alarm_;
  std::chrono::steady_clock::time_point begin_;
  std::deque<Event> events_;
  std::array<char, 4096> received_{};
  bool connected_ = false;
  bool interrupted_ = false;
  bool write_failed_ = false;
  bool in_order_ = false;
  bool closed_ = false;
};

asio::awaitable<std::optional<Error>> AsioLink::Socket::connect(tcp::endpoint device,
                                                                delivery::LocalEnd local,
                                                                int segment_size,
                                                                Millis limit) {
  if (auto failed = delivery::open_towards(socket_, device.address(), local, segment_size)) {
    co_return failed;
  }
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::send_buffer_size(kSendBuffer), ignored);
  alarm_.expires_after(limit);
  alarm_.async_wait([self = shared_from_this()](const error_code& failed) {
    if (!failed && !self->connected_) {
      error_code unused;
      self->socket_.close(unused);
    }
  });
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await socket_.async_connect(device, token);
  connected_ = !error;
  alarm_.cancel();
  if (interrupted_) {
    co_return Error(Errc::Interrupted, "interrupted");
  }
  if (error) {
    co_return connect_error(error, limit);
  }
  read();
  co_return std::nullopt;
}

void AsioLink::Socket::send(Bytes bytes) {
  asio::async_write(socket_,
                    asio::buffer(bytes.data(), bytes.size()),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      if (self->closed_) {
                        return;
                      }
                      if (error) {
                        // The device may have sent an error before it closed: read that first.
                        self->write_failed_ = true;
                        return;
                      }
                      self->push(Sent{self->queued_bytes()});
                    });
}

asio::awaitable<std::optional<Event>> AsioLink::Socket::next_event(Millis deadline) {
  const auto until = begin_ + deadline;
  while (!interrupted_ && events_.empty() && std::chrono::steady_clock::now() < until) {
    alarm_.expires_at(until);
    error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await alarm_.async_wait(token);
  }
  if (interrupted_) {
    co_return std::nullopt;
  }
  if (events_.empty()) {
    co_return TimedOut{};
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  if (std::holds_alternative<BytesReceived>(event)) {
    read();  // one read at a time: a device that never stops talking is held back by TCP
  }
  co_return event;
}

void AsioLink::Socket::read() {
  socket_.async_read_some(asio::buffer(received_),
                          [self = shared_from_this()](const error_code& error, std::size_t length) {
                            self->on_read(error, length);
                          });
}

void AsioLink::Socket::on_read(const error_code& error, std::size_t length) {
  if (closed_) {
    return;
  }
  if (error) {
    push(Closed{error != asio::error::eof || write_failed_});
  } else {
    push(BytesReceived{std::string(received_.data(), length)});
  }
}

std::size_t AsioLink::Socket::queued_bytes() {
  int queued = 0;
  if (ioctl(socket_.native_handle(), SIOCOUTQ, &queued) != 0) {
    return 0;
  }
  return static_cast<std::size_t>(queued);
}

void AsioLink::Socket::close() noexcept {
  closed_ = true;
  error_code ignored;
  if (!in_order_) {
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  }
  socket_.close(ignored);
  try {
    alarm_.cancel();
  } catch (const boost::system::system_error&) {
    // cancel() does not throw in practice, but this function is noexcept.
  }
}

AsioLink::AsioLink(asio::io_context& io) : socket_(std::make_shared<Socket>(io)) {}
AsioLink::~AsioLink() {
  socket_->close();
}

asio::awaitable<std::optional<Error>> AsioLink::connect(tcp::endpoint device,
                                                        delivery::LocalEnd local,
                                                        int segment_size,
                                                        Millis limit) {
  return socket_->connect(device, std::move(local), segment_size, limit);
}
Millis AsioLink::now() const {
  return socket_->now();
}
void AsioLink::send(Bytes bytes) {
  socket_->send(bytes);
}
asio::awaitable<std::optional<Event>> AsioLink::next_event(Millis deadline) {
  return socket_->next_event(deadline);
}
void AsioLink::join_writes(bool join) {
  socket_->join_writes(join);
}
void AsioLink::interrupt() {
  socket_->interrupt();
}
void AsioLink::close_in_order() {
  socket_->close_in_order();
}

}  // namespace otatool::esphome
