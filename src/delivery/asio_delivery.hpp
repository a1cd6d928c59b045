// The interface of a transport: one image on its way to one device.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/ip/address.hpp>

#include "otatool/delivery/confirmation.hpp"
#include "otatool/delivery/deliver.hpp"
#include "otatool/delivery/retry.hpp"
#include "otatool/delivery/transfer.hpp"

namespace otatool::delivery {

class WorkerPool;

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
  /// Requests a stop at SIGINT or SIGTERM, and when the time of the target is up.
  std::stop_token stop;
};

/// What an attempt works with; everything outlives it.
struct Surroundings {
  WorkerPool& pool;
  const Listener& listener;
  /// The attempt sets `bytes`, `auth`, `before`, and `skipped` if the device must not get the
  /// image; the pool sets the rest.
  Report& report;
};

/// A look at a device takes no longer than this, and then some for the versions of those that are
/// up.
inline constexpr std::chrono::milliseconds kLongestLook{1'000};

/// Together the look-ups of a transport take no longer than this. A port that is closed, as those
/// of other transports usually are, needs only one exchange of packets.
inline constexpr std::chrono::milliseconds kLongestProbe{2'000};
inline constexpr std::chrono::milliseconds kLongestProbeConnect{500};

class Delivery {
 public:
  virtual ~Delivery() = default;
  /// The target as the user wrote it, for reports.
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual Destination destination() const = 0;
  /// Tries one address once. Returns nothing if the target took the image. Must return soon after
  /// `attempt.stop` requests it.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<Error>> attempt(
      Attempt attempt, Surroundings surroundings) = 0;
  /// The name of the transport, once it is known.
  [[nodiscard]] virtual std::string via() const = 0;
  /// What the device runs, as far as that is known: a stable name.
  [[nodiscard]] virtual std::string kind() const { return via(); }
  /// Looks once whether the device is there and what it runs. Changes nothing on the device. Must
  /// return soon after `attempt.stop` requests it.
  [[nodiscard]] virtual boost::asio::awaitable<Sight> look(Attempt attempt,
                                                           Surroundings surroundings) = 0;
  /// Whether the device certainly takes this transport. Asks by look-ups that change nothing and
  /// need no password, within kLongestProbe.
  [[nodiscard]] virtual boost::asio::awaitable<bool> recognises(Attempt attempt,
                                                                Surroundings surroundings) = 0;
  /// False for a delivery that ends only when the device runs the image.
  [[nodiscard]] virtual bool needs_confirmation() const { return true; }
  /// How long an attempt takes at most with the slowest device that makes sense.
  [[nodiscard]] virtual std::chrono::milliseconds longest_attempt() const {
    return std::chrono::hours(1);
  }
  /// Whether and when to try again after `attempt` (from 1) of `1 + retries` ended with `error`.
  [[nodiscard]] virtual std::optional<RetryAdvice> retry(const Error& error,
                                                         unsigned attempt,
                                                         unsigned retries) const {
    return retry_advice(error, attempt, retries);
  }
  /// True if the next attempt waits for a reply after each chunk; for the report of the retry.
  [[nodiscard]] virtual bool lockstep(bool /*last_retry*/) const { return false; }
};

}  // namespace otatool::delivery
