#include "delivery/asio_presence.hpp"

#include <memory>
#include <system_error>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "delivery/asio_delivery.hpp"
#include "delivery/asio_local_end.hpp"

namespace otatool::delivery {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

asio::awaitable<Sight::State> look_at_port(asio::io_context& io,
                                           tcp::endpoint device,
                                           LocalEnd local,
                                           std::stop_token stop,
                                           std::chrono::milliseconds limit) {
  const auto socket = std::make_shared<tcp::socket>(io);
  if (open_towards(*socket, device.address(), local, 0)) {
    co_return Sight::State::Away;
  }
  asio::steady_timer alarm(io, limit);
  const auto give_up = [socket] {
    error_code ignored;
    socket->close(ignored);
  };
  alarm.async_wait([give_up](error_code cancelled) {
    if (!cancelled) {
      give_up();
    }
  });
  const std::stop_callback on_stop(stop, give_up);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await socket->async_connect(device, token);
  alarm.cancel();
  if (!error) {
    co_return Sight::State::Up;
  }
  co_return error == asio::error::connection_refused ? Sight::State::Closed : Sight::State::Away;
}

asio::awaitable<std::optional<Identity>> ask(asio::io_context& io,
                                             const Tell& tell,
                                             std::string address) {
  std::optional<Identity> told;
  asio::steady_timer ended(io, asio::steady_timer::time_point::max());
  bool has_ended = false;
  const auto work = asio::make_work_guard(io);
  std::jthread thread;
  try {
    thread = std::jthread([&] {
      told = tell(address);
      asio::post(io, [&] {
        has_ended = true;
        ended.cancel();
      });
    });
  } catch (const std::system_error&) {
    co_return std::nullopt;
  }
  while (!has_ended) {
    error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await ended.async_wait(token);
  }
  thread.join();
  co_return told;
}

}  // namespace otatool::delivery
