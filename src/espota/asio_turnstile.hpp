// Lets coroutines of one io_context through one at a time, with a look at all sockets in between.
#pragma once

#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace otatool::espota {

class AsioTurnstile {
 public:
  explicit AsioTurnstile(boost::asio::io_context& io)
      : io_(io), free_(io, boost::asio::steady_timer::time_point::max()) {}

  /// Returns when nobody else has passed since the io_context last polled its sockets.
  [[nodiscard]] boost::asio::awaitable<void> pass();

 private:
  boost::asio::io_context& io_;
  boost::asio::steady_timer free_;
  bool taken_ = false;
};

}  // namespace otatool::espota
