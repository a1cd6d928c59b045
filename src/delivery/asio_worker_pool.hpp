// A pool of coroutines in one thread that deliver an image to many targets: name lookup, every
// address of a name, retries after transient errors, an orderly end at Ctrl-C. Knows no protocol.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>

#include "otatool/delivery/deliver.hpp"
#include "otatool/delivery/retry.hpp"
#include "otatool/delivery/transfer.hpp"
#include "otatool/result.hpp"

#include "delivery/asio_delivery.hpp"
#include "delivery/asio_fair_yield.hpp"

namespace otatool::delivery {

class WorkerPool {
 public:
  WorkerPool(const Deliveries& deliveries, const PoolOptions& options, Observer& observer);

  /// Performs the deliveries, started in their order. Returns the reports when all have ended.
  [[nodiscard]] std::vector<Report> run();

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  /// For an attempt before a long computation.
  [[nodiscard]] FairYield& fair_yield() { return fair_yield_; }

 private:
  using Addresses = std::vector<boost::asio::ip::address>;
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> deliver_in_time(std::size_t target);
  boost::asio::awaitable<void> deliver(std::size_t target, std::stop_token stop);
  boost::asio::awaitable<void> attempt_until_done(std::size_t target,
                                                  const Addresses& addresses,
                                                  std::stop_token stop);
  /// Whether the device runs the image already.
  boost::asio::awaitable<bool> is_up_to_date(std::size_t target, const Attempt& first);
  boost::asio::awaitable<void> confirm(std::size_t target);
  void end_confirmation(std::size_t target, Confirmation::Outcome outcome);
  boost::asio::awaitable<Result<Addresses>> resolve(const Destination& destination,
                                                    std::stop_token stop);
  boost::asio::awaitable<std::optional<Error>> attempt(std::size_t target,
                                                       const Attempt& first,
                                                       const Addresses& addresses);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds delay, std::stop_token stop);

  const Deliveries& deliveries_;
  PoolOptions options_;
  Observer& observer_;
  std::vector<Report> reports_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  FairYield fair_yield_{io_};
  std::size_t next_target_ = 0;
  std::size_t workers_ = 0;
  std::stop_source interruption_;
};

}  // namespace otatool::delivery
