// Finds the devices of an upload: asks the targets that are addresses, looks for the names, and
// chooses devices by a filter. A target that is an address works without any answer.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "otatool/mdns/browse.hpp"
#include "otatool/result.hpp"

#include "app/devices/known_targets.hpp"

namespace otatool::app {

class TargetSearch {
 public:
  /// Sends a query to every target that is an address, and returns at once. The answers arrive
  /// while the caller reads the image. A query that cannot be sent is skipped.
  [[nodiscard]] static TargetSearch start(SearchOptions options, mdns::BrowseObserver observer);

  /// Looks for the names and the devices to choose. Fails as use_names, add_chosen and
  /// mdns::browse.
  [[nodiscard]] Result<void> find();

  /// How long to wait for the answers of targets that are addresses. A device that reports that it
  /// has no mDNS responder is not waited for.
  enum class Wait {
    None,      ///< use the answers that have arrived
    Usual,     ///< the usual time of a device that answers: 250 ms, on loopback 40 ms
    Required,  ///< the upload fails without an answer: 1 s
  };
  /// The targets with their devices. Of several devices at one address none is used.
  [[nodiscard]] Result<std::vector<KnownTarget>> finish(Wait wait);

 private:
  TargetSearch(SearchOptions options, mdns::BrowseObserver observer);
  void take(const mdns::BrowseEvent& event);
  Result<bool> receive(mdns::Millis limit);
  Result<void> receive_for(mdns::Millis patience);
  [[nodiscard]] bool all_answered() const;

  SearchOptions options_;
  mdns::BrowseObserver observer_;
  std::vector<KnownTarget> targets_;
  std::optional<mdns::Browser> query_;
  std::set<std::string> without_responder_;  ///< hosts of `targets_`
  std::chrono::steady_clock::time_point began_;
};

}  // namespace otatool::app
