#include <algorithm>
#include <csignal>
#include <list>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "otatool/http/server.hpp"

#include "http/server/beast_connection.hpp"
#include "http/server/beast_tls.hpp"

namespace otatool::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kTick{200};
/// Pause after a failed accept, for example without a free descriptor.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr rlim_t kOtherDescriptors = 256;
/// Connections accepted above the limit only to respond with 503.
constexpr std::size_t kMostRefused = 64;
/// Unsent bytes of a connection in the kernel; without it TLS copies megabytes for a slow client.
constexpr int kUnsentBytes = 256 * 1024;

void raise_descriptor_limit(std::size_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const rlim_t wanted = connections + kOtherDescriptors;
    if (limit.rlim_cur < wanted) {
      limit.rlim_cur = std::min(wanted, limit.rlim_max);
      setrlimit(RLIMIT_NOFILE, &limit);
    }
  }
}

std::string text_of(const tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace

class Server::State {
 public:
  State(Site& site, ServerObserver& observer)
      : serving_{.site = site, .observer = observer, .options = options_} {}

  Result<std::uint16_t> listen(const ServerOptions& options);
  void run();
  void stop();

 private:
  using Connections = std::list<Connection>;

  asio::awaitable<void> accept();
  asio::awaitable<void> tick();
  asio::awaitable<void> await_stop_signals();
  asio::awaitable<void> await_hangups();
  void take(tcp::socket socket);
  void begin_stop();
  void end_now();

  ServerOptions options_;
  Serving serving_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  asio::steady_timer accept_pause_{context_};
  asio::steady_timer ticker_{context_};
  asio::signal_set stop_signals_{context_};
  asio::signal_set hangups_{context_};
  std::unique_ptr<TlsContext> tls_;
  Connections connections_;
  std::size_t refused_ = 0;  ///< connections above the limit
  std::chrono::steady_clock::time_point stop_deadline_ =
      std::chrono::steady_clock::time_point::max();
};

Result<std::uint16_t> Server::State::listen(const ServerOptions& options) {
  options_ = options;
  if (options_.tls) {
    auto context = TlsContext::make(*options_.tls);
    if (!context) {
      return fail(context.error());
    }
    tls_ = std::move(*context);
  }
  error_code error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) {
    return fail(Errc::Usage, "'" + options.address + "' is not an IP address");
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) {
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_.bind(endpoint, error);
  }
  if (!error) {
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return fail(Errc::ListenFailed,
                "cannot listen on " + options.address + " port " + std::to_string(options.port) +
                    ": " + error.message());
  }
  raise_descriptor_limit(options.most_connections);
  // Signals that arrive before run() are kept for it.
  error_code ignored;
  stop_signals_.add(SIGINT, ignored);
  stop_signals_.add(SIGTERM, ignored);
  hangups_.add(SIGHUP, ignored);
  return acceptor_.local_endpoint().port();
}

void Server::State::run() {
  // OpenSSL writes to sockets without MSG_NOSIGNAL, and sendfile has no such flag.
  std::signal(SIGPIPE, SIG_IGN);
  const auto forward = [](const std::exception_ptr& problem) {
    if (problem) {
      std::rethrow_exception(problem);
    }
  };
  asio::co_spawn(context_, accept(), forward);
  asio::co_spawn(context_, tick(), forward);
  asio::co_spawn(context_, await_stop_signals(), forward);
  asio::co_spawn(context_, await_hangups(), forward);
  context_.run();
}

void Server::State::stop() {
  asio::post(context_, [this] { begin_stop(); });
}

asio::awaitable<void> Server::State::accept() {
  while (acceptor_.is_open()) {
    error_code error;
    tcp::socket socket(context_);
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      take(std::move(socket));
    } else if (error != asio::error::operation_aborted &&
               error != asio::error::connection_aborted) {
      accept_pause_.expires_after(kAcceptPause);
      co_await accept_pause_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

void Server::State::take(tcp::socket socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (!error) {
    socket.native_non_blocking(true, error);
  }
  const bool full = connections_.size() - refused_ >= options_.most_connections;
  if (full) {
    serving_.observer.on_refused_connection();
  }
  if (error || (full && refused_ >= kMostRefused)) {
    return;
  }
  refused_ += full ? 1 : 0;
  const int handle = socket.native_handle();
  const int on = 1;
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(handle, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytes, sizeof(kUnsentBytes));
  const auto connection = connections_.emplace(connections_.end(), serving_, text_of(peer));
  connection->use(tls_ ? tls_->make_stream(std::move(socket), connection->deadline())
                       : make_plain_stream(std::move(socket), connection->deadline()));
  auto served = full ? connection->refuse_service() : connection->serve();
  asio::co_spawn(
      context_, std::move(served), [this, connection, full](const std::exception_ptr& bug) {
        connections_.erase(connection);
        refused_ -= full ? 1 : 0;
        if (bug) {
          std::rethrow_exception(bug);
        }
      });
}

asio::awaitable<void> Server::State::tick() {
  while (!serving_.stopping || !connections_.empty()) {
    error_code error;
    ticker_.expires_after(kTick);
    co_await ticker_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    const auto now = std::chrono::steady_clock::now();
    for (Connection& connection : connections_) {
      connection.on_tick(now);
    }
    if (now >= stop_deadline_) {
      end_now();
    }
    serving_.observer.on_tick(connections_.size());
  }
  error_code ignored;
  stop_signals_.cancel(ignored);
  hangups_.cancel(ignored);
}

asio::awaitable<void> Server::State::await_stop_signals() {
  error_code error;
  co_await stop_signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    co_return;
  }
  begin_stop();
  co_await stop_signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (!error) {
    end_now();
  }
}

asio::awaitable<void> Server::State::await_hangups() {
  error_code error;
  while (true) {
    co_await hangups_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      co_return;
    }
    serving_.observer.on_hangup();
  }
}

void Server::State::begin_stop() {
  if (serving_.stopping) {
    return;
  }
  serving_.stopping = true;
  error_code ignored;
  acceptor_.close(ignored);
  accept_pause_.cancel();
  std::size_t sending = 0;
  for (Connection& connection : connections_) {
    sending += connection.sending() ? 1 : 0;
    if (connection.idle()) {
      connection.close();
    }
  }
  stop_deadline_ = std::chrono::steady_clock::now() + options_.grace_time;
  serving_.observer.on_stopping(sending);
  ticker_.cancel();
}

void Server::State::end_now() {
  for (Connection& connection : connections_) {
    connection.break_off();
  }
}

Server::Server(Site& site, ServerObserver& observer)
    : state_(std::make_unique<State>(site, observer)) {}
Server::~Server() = default;

Result<std::uint16_t> Server::listen(const ServerOptions& options) {
  return state_->listen(options);
}

void Server::run() {
  state_->run();
}

void Server::stop() {
  state_->stop();
}

}  // namespace otatool::http
