#include "device/esphome/asio_esphome_server.hpp"

#include <cerrno>
#include <exception>
#include <span>
#include <system_error>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "announce/asio_endpoint.hpp"
#include "device/esphome/flash_sink.hpp"
#include "device/receiver/tcp_window.hpp"

namespace otatool::device {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// From the connection to the proof of the password (esphome-ota.md 7).
constexpr std::chrono::seconds kHandshake{20};
/// Wait for the host to read the last answer before the connection is closed.
constexpr std::chrono::seconds kLinger{1};

void fill(std::span<std::uint8_t> bytes) {
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::system_category(), "getentropy");
  }
}

EsphomeSeed random_seed() {
  EsphomeSeed seed;
  fill(seed.nonce);
  fill(seed.ephemeral.bytes);
  return seed;
}

}  // namespace

AsioEsphomeServer::AsioEsphomeServer(asio::io_context& context,
                                     FlashOwner& owner,
                                     EsphomeRules rules,
                                     std::chrono::milliseconds stall)
    : owner_(owner),
      rules_(std::move(rules)),
      stall_(stall),
      acceptor_(context),
      socket_(context),
      deadline_(context),
      pause_(context) {}

Result<std::uint16_t> AsioEsphomeServer::listen(const asio::ip::address& address) {
  const tcp::endpoint local(address, rules_.options.port);
  error_code error;
  acceptor_.open(local.protocol(), error);
  if (!error) {
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor_.bind(local, error);
  }
  if (!error) {
    if (rules_.window != 0) {
      bound_window(acceptor_.native_handle(), rules_.window);
    }
    acceptor_.listen(1, error);
  }
  if (error) {
    return fail(Errc::ListenFailed,
                "cannot listen on TCP " +
                    announce::to_text(announce::to_firmware(address, rules_.options.port)) + ": " +
                    error.message());
  }
  return acceptor_.local_endpoint().port();
}

void AsioEsphomeServer::serve() {
  const auto self = shared_from_this();
  asio::co_spawn(acceptor_.get_executor(), accept_all(), [self](const std::exception_ptr& thrown) {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  });
}

void AsioEsphomeServer::stop() {
  stopped_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  if (socket_.is_open()) {
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }
  deadline_.cancel();
  pause_.cancel();
}

asio::awaitable<void> AsioEsphomeServer::accept_all() {
  while (!stopped_) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    tcp::endpoint from;
    co_await acceptor_.async_accept(socket_, from, token);
    if (error) {
      continue;
    }
    peer_ = announce::to_text(announce::to_firmware(from.address(), from.port()));
    socket_.set_option(tcp::no_delay(true), error);
    co_await serve_connection();
    if (!stopped_) {
      socket_.close(error);
    }
  }
}

asio::awaitable<void> AsioEsphomeServer::serve_connection() {
  FlashSink sink(owner_, peer_);
  EsphomeReceiver receiver(rules_, random_seed(), sink);
  const bool answered = co_await converse(receiver);
  if (answered && !stopped_) {
    co_await close_in_order();
  }
  deadline_.cancel();
  if (!stopped_) {
    report(receiver, sink);
    sink.update().close();
  }
}

/// False if the host left or stopped sending.
asio::awaitable<bool> AsioEsphomeServer::converse(EsphomeReceiver& receiver) {
  set_deadline(kHandshake);
  while (!receiver.over()) {
    if (!receiver.authenticating()) {
      set_deadline(stall_);
    }
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const std::size_t count = co_await socket_.async_read_some(asio::buffer(received_), token);
    if (error || stopped_) {
      receiver.end(error == asio::error::operation_aborted
                       ? Error(Errc::Stalled, "the host sent nothing more")
                       : Error(Errc::ConnectionClosed, "the host closed the connection"));
      co_return false;
    }
    receiver.receive(Bytes(received_).first(count));
    const auto busy = owner_.busy_time();
    if (busy.count() > 0) {
      set_deadline(stall_ + busy);
      pause_.expires_after(busy);
      co_await pause_.async_wait(token);
    }
    const std::string output = receiver.take_output();
    const bool sent = co_await send(output);
    if (!sent) {
      receiver.end(Error(Errc::ConnectionClosed, "the host closed the connection"));
      co_return false;
    }
  }
  co_return true;
}

asio::awaitable<bool> AsioEsphomeServer::send(const std::string& bytes) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await asio::async_write(socket_, asio::buffer(bytes), token);
  co_return !error && !stopped_;
}

/// A reset could overtake the last answer, so the host closes first.
asio::awaitable<void> AsioEsphomeServer::close_in_order() {
  set_deadline(kLinger);
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  auto token = asio::redirect_error(asio::use_awaitable, error);
  while (!error && !stopped_) {
    co_await socket_.async_read_some(asio::buffer(received_), token);
  }
}

void AsioEsphomeServer::report(const EsphomeReceiver& receiver, FlashSink& sink) {
  if (!receiver.error()) {
    return;
  }
  const Error error = receiver.error()->with_context(peer_);
  if (sink.update().active()) {
    sink.update().abandon(error);
  } else if (error.code() != Errc::ConnectionClosed) {
    // A host that only looks who is there closes before the authentication.
    owner_.report(UpdateFailed{Stage::Auth, error});
    owner_.report(Recovered{});
  }
}

void AsioEsphomeServer::set_deadline(std::chrono::steady_clock::duration time) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) {
      self->socket_.cancel(error);
    }
  });
}

}  // namespace otatool::device
