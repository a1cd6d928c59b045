// Gets services from avahi-daemon through libavahi-client, in a separate thread, so that a daemon
// or bus that hangs does not delay the search. This header has no Avahi types.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otatool/error.hpp"

#include "mdns/search/querier.hpp"

namespace otatool::mdns {

/// An answer, a failure that ends the source, or neither: the daemon runs.
struct AvahiNews {
  std::optional<DaemonAnswered> answer;
  std::optional<Error> failure;
  bool library_missing = false;
};

class AvahiSource {
 public:
  using Listener = std::function<void(AvahiNews)>;

  /// Browses for `types` (`_arduino._tcp`) on `interfaces`; empty: on all. Calls `listener` in the
  /// thread of the source, but never after the destructor has returned.
  [[nodiscard]] static std::unique_ptr<AvahiSource> start(std::vector<std::string> types,
                                                          std::vector<std::string> interfaces,
                                                          Listener listener);
  AvahiSource(const AvahiSource&) = delete;
  AvahiSource& operator=(const AvahiSource&) = delete;
  ~AvahiSource();

 private:
  class Worker;
  explicit AvahiSource(std::shared_ptr<Worker> worker);
  std::shared_ptr<Worker> worker_;
};

}  // namespace otatool::mdns
