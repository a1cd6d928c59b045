#include "delivery/asio_fair_yield.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace otatool::delivery {
namespace asio = boost::asio;

asio::awaitable<void> FairYield::wait() {
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  while (taken_) {
    co_await free_.async_wait(token);
  }
  taken_ = true;
  // A posted handler runs after all ready handlers and after a poll of the sockets.
  co_await asio::post(io_, asio::use_awaitable);
  asio::post(io_, [this] {
    taken_ = false;
    free_.cancel_one();
  });
}

}  // namespace otatool::delivery
