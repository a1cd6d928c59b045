// Delivers images to many devices in one thread, each by its own transport. Prints nothing: events
// go to an observer, and the results are returned.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "otatool/delivery/identity.hpp"
#include "otatool/delivery/transfer.hpp"

namespace otatool::delivery {

/// One image on its way to one device. Each transport makes its own kind.
class Delivery;
using Deliveries = std::vector<std::shared_ptr<Delivery>>;

struct PoolOptions {
  /// Targets at the same time; fewer if the system has too few file descriptors.
  std::size_t jobs = 4;
  unsigned retries = 2;  ///< attempts after the first one
  /// How long to repeat the lookup of a name that does not resolve.
  std::chrono::milliseconds lookup_time{0};
  /// For one target, from the lookup of its name to the end of the last attempt. Without a value
  /// usual_max_time().
  std::optional<std::chrono::milliseconds> max_time = {};
  /// How long to wait after the verdict until the device is back; nothing: do not look.
  std::optional<std::chrono::milliseconds> confirm = {};
  /// Skip devices that already run the version of the image.
  bool only_outdated = false;
  ImageIdentity image = {};
};

/// Performs all deliveries and returns one report for each, in the same order. SIGINT or SIGTERM
/// closes every socket; unfinished targets then report Interrupted.
[[nodiscard]] std::vector<Report> deliver_all(const Deliveries& deliveries,
                                              const PoolOptions& options,
                                              Observer& observer);

}  // namespace otatool::delivery
