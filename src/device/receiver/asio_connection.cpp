#include "device/receiver/asio_connection.hpp"

#include <algorithm>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "device/receiver/tcp_window.hpp"

namespace otatool::device {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kSendLimit = 2048;

}  // namespace

AsioConnection::AsioConnection(asio::io_context& context, ConnectionOwner& owner)
    : socket_(context), busy_timer_(context), owner_(&owner) {}

void AsioConnection::connect(const tcp::endpoint& local,
                             const tcp::endpoint& to,
                             std::size_t window) {
  error_code error;
  socket_.open(to.protocol(), error);
  if (!error) {
    socket_.set_option(tcp::no_delay(true), error);
  }
  if (!error) {
    socket_.non_blocking(true, error);
  }
  if (!error && window != 0) {
    bound_window(socket_.native_handle(), window);
  }
  if (!error && !local.address().is_unspecified()) {
    socket_.bind(local, error);
  }
  if (error) {
    asio::post(socket_.get_executor(),
               [self = shared_from_this(), error] { self->fail_connecting(error); });
    return;
  }
  socket_.async_connect(to, [self = shared_from_this()](error_code failed) {
    if (self->owner_ == nullptr) {
      return;
    }
    if (failed) {
      self->fail_connecting(failed);
      return;
    }
    self->owner_->on_connected();
    self->read();
  });
}

void AsioConnection::fail_connecting(error_code reason) {
  if (ConnectionOwner* owner = std::exchange(owner_, nullptr)) {
    owner->on_connect_failed(reason);
  }
}

/// Bytes stay in the kernel, and the window is closed, while the flash is busy.
void AsioConnection::read() {
  if (owner_ == nullptr) {
    return;
  }
  if (const auto busy = owner_->busy_time(); busy.count() > 0) {
    wait_for_flash(busy);
    return;
  }
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code) {
    if (self->owner_ == nullptr) {
      return;
    }
    if (const auto busy = self->owner_->busy_time(); busy.count() > 0) {
      self->wait_for_flash(busy);
    } else {
      self->take_bytes();
    }
  });
}

void AsioConnection::wait_for_flash(std::chrono::microseconds busy) {
  busy_timer_.expires_after(busy);
  busy_timer_.async_wait([self = shared_from_this()](error_code) { self->read(); });
}

void AsioConnection::take_bytes() {
  error_code error;
  const std::size_t count = socket_.read_some(asio::buffer(received_), error);
  if (!error) {
    owner_->on_bytes(std::span(received_).first(count));
  } else if (error != asio::error::would_block) {
    finish(error == asio::error::eof ? error_code() : error);
    return;
  }
  read();
}

void AsioConnection::finish(error_code reason) {
  ConnectionOwner* const owner = std::exchange(owner_, nullptr);
  error_code ignored;
  socket_.close(ignored);
  owner->on_closed(reason);
}

bool AsioConnection::send(std::string_view bytes) {
  if (owner_ == nullptr || closing_ ||
      queue_.size() + writing_.size() + bytes.size() > kSendLimit) {
    return false;
  }
  queue_.append(bytes);
  if (writing_.empty()) {
    write();
  }
  return true;
}

void AsioConnection::write() {
  writing_ = std::exchange(queue_, {});
  asio::async_write(
      socket_, asio::buffer(writing_), [self = shared_from_this()](error_code error, std::size_t) {
        self->writing_.clear();
        // The reading side reports the error after the peer's
        // last bytes.
        if (error || self->owner_ == nullptr) {
          return;
        }
        if (!self->queue_.empty()) {
          self->write();
        } else if (self->closing_) {
          error_code ignored;
          self->socket_.shutdown(tcp::socket::shutdown_send, ignored);
        }
      });
}

std::size_t AsioConnection::undelivered() {
  int in_kernel = 0;
  if (!socket_.is_open() || ioctl(socket_.native_handle(), SIOCOUTQ, &in_kernel) != 0) {
    return 0;
  }
  return queue_.size() + writing_.size() + static_cast<std::size_t>(in_kernel);
}

void AsioConnection::close() {
  closing_ = true;
  if (writing_.empty() && queue_.empty()) {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
}

void AsioConnection::drop() {
  owner_ = nullptr;
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace otatool::device
