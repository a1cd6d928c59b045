// A pool of coroutines in one thread that deliver an image to many targets: name lookup, every
// address of a name, retries after transient errors, an orderly end at Ctrl-C. Knows no protocol.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>

#include "otatool/delivery/report.hpp"
#include "otatool/delivery/retry.hpp"
#include "otatool/result.hpp"

namespace otatool::delivery {

/// Where a target is.
struct Destination {
  std::string host;  ///< an IP literal or a name
  /// IP literals. If there are any, `host` is not looked up.
  std::vector<std::string> addresses = {};
};

struct Attempt {
  unsigned number;  ///< from 1
  bool last_retry;
  bool small_segments;  ///< use TCP segments of kSmallSegment bytes
  boost::asio::ip::address address;
  std::size_t addresses;  ///< number of addresses that share the time of this attempt
};

class WorkerPool;

/// The protocol that delivers the image. `target` counts from 0.
class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual Destination destination(std::size_t target) const = 0;
  /// The transport sets `name` and `bytes`, the pool sets the rest.
  [[nodiscard]] virtual Report& report(std::size_t target) = 0;
  /// Tries one address once. Returns nothing if the target took the image. Must return soon after
  /// WorkerPool::interruption() requests a stop.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<Error>> attempt(WorkerPool& pool,
                                                                             std::size_t target,
                                                                             Attempt attempt) = 0;
  /// False if another attempt at this target cannot succeed although `error` is transient
  /// elsewhere.
  [[nodiscard]] virtual bool may_retry(std::size_t /*target*/, const Error& /*error*/) const {
    return true;
  }
  /// Attempt `number` follows because the last one ended with `reason`.
  virtual void on_retry(std::size_t target,
                        unsigned number,
                        const Error& reason,
                        const RetryAdvice& advice) = 0;
  /// The report is complete.
  virtual void on_end(std::size_t target) = 0;
};

struct PoolOptions {
  /// Targets at the same time; fewer if the system has too few file descriptors.
  std::size_t jobs = 4;
  unsigned retries = 2;
  /// How long to repeat the lookup of a name that does not resolve.
  std::chrono::milliseconds lookup_time{0};
};

class WorkerPool {
 public:
  WorkerPool(Transport& transport, const PoolOptions& options);

  /// Delivers to targets 0 to `count` - 1, started in this order. Returns when all have ended.
  void run(std::size_t count);

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  /// Requests a stop at the first SIGINT or SIGTERM, in the thread of run().
  [[nodiscard]] std::stop_token interruption() const { return interruption_.get_token(); }

 private:
  using Addresses = std::vector<boost::asio::ip::address>;
  boost::asio::awaitable<void> work(std::size_t count);
  boost::asio::awaitable<void> deliver(std::size_t target);
  boost::asio::awaitable<Result<Addresses>> resolve(const Destination& destination);
  boost::asio::awaitable<std::optional<Error>> attempt(std::size_t target,
                                                       unsigned number,
                                                       const RetryAdvice& advice,
                                                       const Addresses& addresses);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds delay);
  [[nodiscard]] bool interrupted() const { return interruption_.stop_requested(); }

  Transport& transport_;
  PoolOptions options_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  std::size_t next_target_ = 0;
  std::size_t workers_ = 0;
  std::stop_source interruption_;
};

}  // namespace otatool::delivery
