#include <algorithm>
#include <csignal>
#include <list>
#include <netinet/tcp.h>
#include <optional>
#include <string>
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

#include "http/server/address_limits.hpp"
#include "http/server/asio_client_address.hpp"
#include "http/server/asio_login_gate.hpp"
#include "http/server/beast_connection.hpp"
#include "http/server/beast_tls.hpp"
#include "http/server/descriptor_shares.hpp"

namespace otatool::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kTick{200};
/// Pause after a failed accept, for example without a free descriptor.
constexpr std::chrono::milliseconds kAcceptPause{100};
/// Unsent bytes of a connection in the kernel; without it TLS copies megabytes for a slow client.
constexpr int kUnsentBytes = 256 * 1024;

}  // namespace

class Server::State {
 public:
  State(Site& site, ServerObserver& observer)
      : serving_{.site = site,
                 .observer = observer,
                 .options = options_,
                 .logins = logins_,
                 .proxies = proxies_} {}

  Result<ServerPorts> listen(const ServerOptions& options);
  Result<void> renew_tls(const TlsServerSettings& settings);
  void on_users_renewed() { logins_.on_users_renewed(); }
  ServerEnd run();
  void stop();
  [[nodiscard]] const DescriptorShares& shares() const { return shares_; }

 private:
  using Connections = std::list<Connection>;
  /// A listening socket.
  struct Door {
    Door(asio::io_context& context, Entrance leads_to)
        : acceptor(context), pause(context), entrance(leads_to) {}

    tcp::acceptor acceptor;
    asio::steady_timer pause;
    Entrance entrance;
  };

  Result<std::uint16_t> open_door(const ListenAddress& where, Entrance entrance);
  asio::awaitable<void> accept(Door& door);
  asio::awaitable<void> tick();
  asio::awaitable<void> await_stop_signals();
  asio::awaitable<void> await_hangups();
  void take(tcp::socket socket, Entrance entrance);
  /// The network whose limit a client has; nothing for a client on this computer or a trusted
  /// proxy.
  [[nodiscard]] std::optional<std::string> limited_network(const asio::ip::address& peer) const;
  [[nodiscard]] bool admit(const std::optional<std::string>& network);
  void release(const std::optional<std::string>& network);
  void begin_stop();
  void end_now();

  ServerOptions options_;
  DescriptorShares shares_;
  asio::io_context context_{1};
  LoginGate logins_{context_.get_executor()};
  ProxyList proxies_;
  AddressLimits limits_{1, 0};
  Serving serving_;
  std::list<Door> doors_;
  asio::steady_timer ticker_{context_};
  asio::signal_set stop_signals_{context_};
  asio::signal_set hangups_{context_};
  std::unique_ptr<TlsContext> tls_;
  Connections connections_;
  std::size_t refused_ = 0;  ///< connections above the limit
  ServerEnd end_ = ServerEnd::Stopped;
  std::chrono::steady_clock::time_point stop_deadline_ =
      std::chrono::steady_clock::time_point::max();
};

Result<std::uint16_t> Server::State::open_door(const ListenAddress& where, Entrance entrance) {
  error_code error;
  const asio::ip::address address = asio::ip::make_address(where.address, error);
  if (error) {
    return fail(Errc::Usage, "'" + where.address + "' is not an IP address");
  }
  const tcp::endpoint endpoint(address, where.port);
  tcp::acceptor& acceptor = doors_.emplace_back(context_, entrance).acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    // The sockets of connections inherit both.
    const int on = 1;
    setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(acceptor.native_handle(),
               IPPROTO_TCP,
               TCP_NOTSENT_LOWAT,
               &kUnsentBytes,
               sizeof(kUnsentBytes));
    acceptor.bind(endpoint, error);
  }
  if (!error) {
    acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return fail(Errc::ListenFailed,
                "cannot listen on " + where.address + " port " + std::to_string(where.port) + ": " +
                    error.message());
  }
  return acceptor.local_endpoint().port();
}

Result<ServerPorts> Server::State::listen(const ServerOptions& options) {
  options_ = options;
  TRY(proxies_, ProxyList::make(options_.trusted_proxies));
  if (options_.tls) {
    TRY_VOID(renew_tls(*options_.tls));
  }
  ServerPorts ports;
  TRY(ports.updates, open_door(options_.updates, Entrance::Updates));
  if (options_.status) {
    TRY(ports.status, open_door(*options_.status, Entrance::Status));
  }
  shares_ = take_descriptors(options.most_connections, options.pinned_descriptors);
  limits_ = AddressLimits(shares_.connections, options_.most_of_address);
  // Signals that arrive before run() are kept for it.
  error_code ignored;
  stop_signals_.add(SIGINT, ignored);
  stop_signals_.add(SIGTERM, ignored);
  hangups_.add(SIGHUP, ignored);
  return ports;
}

Result<void> Server::State::renew_tls(const TlsServerSettings& settings) {
  TRY(tls_, TlsContext::make(settings, options_.resumption));
  return {};
}

ServerEnd Server::State::run() {
  // OpenSSL writes to sockets without MSG_NOSIGNAL, and sendfile has no such flag.
  std::signal(SIGPIPE, SIG_IGN);
  const auto forward = [](const std::exception_ptr& problem) {
    if (problem) {
      std::rethrow_exception(problem);
    }
  };
  for (Door& door : doors_) {
    asio::co_spawn(context_, accept(door), forward);
  }
  asio::co_spawn(context_, tick(), forward);
  asio::co_spawn(context_, await_stop_signals(), forward);
  asio::co_spawn(context_, await_hangups(), forward);
  context_.run();
  return end_;
}

void Server::State::stop() {
  asio::post(context_, [this] { begin_stop(); });
}

asio::awaitable<void> Server::State::accept(Door& door) {
  while (door.acceptor.is_open()) {
    error_code error;
    tcp::socket socket(context_);
    co_await door.acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      take(std::move(socket), door.entrance);
    } else if (error != asio::error::operation_aborted &&
               error != asio::error::connection_aborted) {
      door.pause.expires_after(kAcceptPause);
      co_await door.pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

std::optional<std::string> Server::State::limited_network(const asio::ip::address& peer) const {
  const bool exempt = peer.is_loopback() || proxies_.contains(peer);
  return exempt ? std::nullopt : std::optional(client_address(peer).network);
}

bool Server::State::admit(const std::optional<std::string>& network) {
  if (network ? !limits_.admits(*network) : !limits_.admits_exempt()) {
    serving_.observer.on_refused_connection();
    return false;
  }
  if (network) {
    limits_.add(*network);
  } else {
    limits_.add_exempt();
  }
  return true;
}

void Server::State::release(const std::optional<std::string>& network) {
  if (network) {
    limits_.remove(*network);
  } else {
    limits_.remove_exempt();
  }
}

void Server::State::take(tcp::socket socket, Entrance entrance) {
  error_code error;
  const asio::ip::address peer = plain_address(socket.remote_endpoint(error).address());
  if (!error) {
    socket.native_non_blocking(true, error);
  }
  if (error) {
    return;
  }
  const auto network = limited_network(peer);
  const bool admitted = admit(network);
  if (!admitted && refused_ >= shares_.refused) {
    return;
  }
  refused_ += admitted ? 0 : 1;
  const auto connection = connections_.emplace(connections_.end(), serving_, peer, entrance);
  connection->use(tls_ ? tls_->make_stream(std::move(socket), connection->deadline())
                       : make_plain_stream(std::move(socket), connection->deadline()));
  auto served = admitted ? connection->serve() : connection->refuse_service();
  const auto ended = [this, connection, network, admitted](const std::exception_ptr& bug) {
    connections_.erase(connection);
    if (admitted) {
      release(network);
    } else {
      --refused_;
    }
    if (bug) {
      std::rethrow_exception(bug);
    }
  };
  asio::co_spawn(context_, std::move(served), ended);
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
  const int signal =
      co_await stop_signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    co_return;
  }
  end_ = signal == SIGTERM ? ServerEnd::Terminated : ServerEnd::Interrupted;
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
  logins_.stop();
  error_code ignored;
  for (Door& door : doors_) {
    door.acceptor.close(ignored);
    door.pause.cancel();
  }
  std::size_t sending = 0;
  for (Connection& connection : connections_) {
    sending += connection.sending() ? 1 : 0;
    connection.stop_events();
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

Result<ServerPorts> Server::listen(const ServerOptions& options) {
  return state_->listen(options);
}

Result<void> Server::renew_tls(const TlsServerSettings& settings) {
  return state_->renew_tls(settings);
}

void Server::on_users_renewed() {
  state_->on_users_renewed();
}

const DescriptorShares& Server::shares() const {
  return state_->shares();
}

ServerEnd Server::run() {
  return state_->run();
}

void Server::stop() {
  state_->stop();
}

}  // namespace otatool::http
