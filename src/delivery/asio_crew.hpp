// Workers in one thread that bring an image to one target after another: look up names, try
// addresses in turn, try again what failed in passing, and end everything at Ctrl-C. Knows no
// protocol and prints nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <optional>
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
  std::string host;  ///< a literal or a name
  std::vector<std::string> addresses =
      {};  ///< literals that are known already: `host` is not looked up
};

struct Attempt {
  unsigned number;  ///< from 1
  bool last_retry;
  boost::asio::ip::address address;
  std::size_t addresses;  ///< how many of the target share the time of this attempt
};

/// Calls a function at the first SIGINT or SIGTERM for as long as it lives.
class Waker {
 public:
  using List = std::list<std::function<void()>>;
  Waker(List& list, std::function<void()> wake)
      : list_(list), place_(list.insert(list.end(), std::move(wake))) {}
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;
  ~Waker() { list_.erase(place_); }

 private:
  List& list_;
  List::iterator place_;
};

class AsioCrew;

/// A way to deliver the image. `target` counts from 0.
class AsioWay {
 public:
  virtual ~AsioWay() = default;
  [[nodiscard]] virtual Destination destination(std::size_t target) const = 0;
  /// The crew fills in all but the name and the bytes.
  [[nodiscard]] virtual Report& report(std::size_t target) = 0;
  /// Tries one address once; nothing when the target took the image. Must end soon after an
  /// interruption.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<Error>> attempt(AsioCrew& crew,
                                                                             std::size_t target,
                                                                             Attempt attempt) = 0;
  /// Attempt `number` will follow because of `reason`.
  virtual void on_retry(std::size_t target,
                        unsigned number,
                        const Error& reason,
                        const RetryAdvice& advice) = 0;
  /// The report is complete.
  virtual void on_end(std::size_t target) = 0;
};

struct CrewOptions {
  std::size_t jobs =
      4;  ///< targets under way at once; fewer when the system has no descriptors for them
  unsigned retries = 2;
  std::chrono::milliseconds name_patience{
      0};  ///< how long a name that does not resolve is looked up again
};

class AsioCrew {
 public:
  AsioCrew(AsioWay& way, const CrewOptions& options);

  /// Delivers to targets 0 to `count` - 1, begun in this order, and returns when all have ended.
  void run(std::size_t count);

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] Waker at_interruption(std::function<void()> wake) {
    return {wakers_, std::move(wake)};
  }

 private:
  using Addresses = std::vector<boost::asio::ip::address>;
  boost::asio::awaitable<void> work(std::size_t count);
  boost::asio::awaitable<void> deliver(std::size_t target);
  boost::asio::awaitable<Result<Addresses>> resolve(const Destination& destination);
  boost::asio::awaitable<std::optional<Error>> attempt(std::size_t target,
                                                       unsigned number,
                                                       bool last_retry,
                                                       const Addresses& addresses);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds delay);
  void interrupt();

  AsioWay& way_;
  CrewOptions options_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  std::size_t next_target_ = 0;
  std::size_t workers_ = 0;
  bool interrupted_ = false;
  Waker::List wakers_;  ///< one for each wait that an interruption must end
};

}  // namespace otatool::delivery
