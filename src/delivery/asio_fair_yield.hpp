// Makes coroutines of one io_context take turns, so that a long computation in one of them does not
// delay the others.
#pragma once

#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace otatool::delivery {

class FairYield {
 public:
  explicit FairYield(boost::asio::io_context& io)
      : io_(io), free_(io, boost::asio::steady_timer::time_point::max()) {}

  /// Returns after the io_context has polled its sockets since the last caller continued.
  [[nodiscard]] boost::asio::awaitable<void> wait();

 private:
  boost::asio::io_context& io_;
  boost::asio::steady_timer free_;
  bool taken_ = false;
};

}  // namespace otatool::delivery
