#include "device/web/asio_form_server.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "announce/asio_endpoint.hpp"

namespace otatool::device {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// One more connection makes the oldest one end that writes no update.
constexpr std::size_t kMaxConnections = 8;

}  // namespace

AsioFormServer::AsioFormServer(asio::io_context& context,
                               FlashOwner& owner,
                               const FormOptions& options,
                               Secret password,
                               std::chrono::milliseconds stall)
    : port_(options.port),
      shared_{.owner = owner, .auth = FormAuth(options, std::move(password))},
      stall_(stall),
      acceptor_(context) {}

Result<std::uint16_t> AsioFormServer::listen(const asio::ip::address& address) {
  const tcp::endpoint local(address, port_);
  error_code error;
  acceptor_.open(local.protocol(), error);
  if (!error) {
    acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor_.bind(local, error);
  }
  if (!error) {
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return fail(Errc::ListenFailed,
                "cannot listen on TCP " + announce::to_text(announce::to_firmware(address, port_)) +
                    ": " + error.message());
  }
  return acceptor_.local_endpoint().port();
}

void AsioFormServer::serve() {
  const auto self = shared_from_this();
  asio::co_spawn(acceptor_.get_executor(), accept_all(), [self](const std::exception_ptr& thrown) {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  });
}

void AsioFormServer::stop() {
  stopped_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  for (const auto& connection : connections_) {
    connection->stop();
  }
}

asio::awaitable<void> AsioFormServer::accept_all() {
  while (!stopped_) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    tcp::socket socket(acceptor_.get_executor());
    tcp::endpoint from;
    co_await acceptor_.async_accept(socket, from, token);
    if (!error && !stopped_) {
      add(std::move(socket), from);
    }
  }
}

void AsioFormServer::add(tcp::socket socket, const tcp::endpoint& from) {
  const auto connection = std::make_shared<AsioFormConnection>(
      std::move(socket), shared_, announce::to_firmware(from.address(), from.port()), stall_);
  if (connections_.size() >= kMaxConnections) {
    const auto idle =
        std::ranges::find_if(connections_, [](const auto& each) { return !each->updates(); });
    if (idle != connections_.end()) {
      (*idle)->drop();
    }
  }
  connections_.push_back(connection);
  const auto ended = [self = shared_from_this(), connection](const std::exception_ptr& thrown) {
    self->connections_.remove(connection);
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  };
  asio::co_spawn(acceptor_.get_executor(), connection->serve(), ended);
}

}  // namespace otatool::device
