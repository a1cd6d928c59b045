#include "device/web/asio_form_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "announce/asio_endpoint.hpp"
#include "device/web/form_page.hpp"

namespace otatool::device {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Wait for the host to read the response before the device restarts.
constexpr std::chrono::seconds kLinger{1};
/// A body that is only read to be refused may take this many times as long as a header.
constexpr int kRefusedBodyTimes = 4;

}  // namespace

AsioFormConnection::AsioFormConnection(tcp::socket socket,
                                       FormShared& shared,
                                       const firmware::Endpoint& from,
                                       std::chrono::milliseconds stall)
    : socket_(std::move(socket)),
      shared_(shared),
      peer_(announce::to_text(from)),
      request_(shared, from, peer_),
      stall_(stall),
      deadline_(socket_.get_executor()),
      pause_(socket_.get_executor()) {}

asio::awaitable<void> AsioFormConnection::serve() {
  const Outcome outcome = co_await read_request();
  if (stopped_) {
    co_return;
  }
  if (outcome == Outcome::Complete) {
    const std::string text = request_.response();
    co_await send(text);
  } else {
    request_.update().abandon(
        Error(Errc::ConnectionClosed, peer_ + " closed the connection or stopped sending"));
  }
  if (outcome == Outcome::Malformed) {
    const std::string text = answer_text("400 Bad Request", "");
    co_await send(text);
  }
  deadline_.cancel();
  if (!stopped_) {
    request_.update().close();
    error_code ignored;
    socket_.close(ignored);
  }
}

asio::awaitable<AsioFormConnection::Outcome> AsioFormConnection::read_request() {
  set_deadline(stall_);
  bool has_header = false;
  while (!request_.reader().complete()) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const std::size_t count = co_await socket_.async_read_some(asio::buffer(received_), token);
    if (error || stopped_) {
      co_return Outcome::Broken;
    }
    if (!request_.reader().feed(Bytes(received_).first(count))) {
      co_return Outcome::Malformed;
    }
    if (!request_.taken()) {
      if (!has_header && request_.reader().has_header()) {
        has_header = true;
        set_deadline(kRefusedBodyTimes * stall_);
      }
      continue;
    }
    const auto busy = shared_.owner.busy_time();
    set_deadline(stall_ + busy);
    if (busy.count() > 0) {
      pause_.expires_after(busy);
      co_await pause_.async_wait(token);
    }
  }
  co_return Outcome::Complete;
}

asio::awaitable<void> AsioFormConnection::send(const std::string& text) {
  set_deadline(stall_);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await asio::async_write(socket_, asio::buffer(text), token);
  if (!error && !stopped_) {
    socket_.shutdown(tcp::socket::shutdown_send, error);
    co_await wait_until_delivered();
  }
}

asio::awaitable<void> AsioFormConnection::wait_until_delivered() {
  set_deadline(kLinger);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  while (!error && !stopped_) {
    co_await socket_.async_read_some(asio::buffer(received_), token);
  }
}

void AsioFormConnection::set_deadline(std::chrono::steady_clock::duration time) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) {
      self->socket_.cancel(error);
    }
  });
}

void AsioFormConnection::drop() {
  error_code ignored;
  if (socket_.is_open()) {
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }
  deadline_.cancel();
  pause_.cancel();
}

void AsioFormConnection::stop() {
  stopped_ = true;
  drop();
}

}  // namespace otatool::device
