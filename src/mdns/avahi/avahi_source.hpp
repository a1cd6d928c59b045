// What avahi-daemon knows and hears of services, through libavahi-client. Runs in a thread of its
// own: a daemon or bus that hangs delays nobody. No type of Avahi in here.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otatool/error.hpp"

#include "mdns/search/querier.hpp"

namespace otatool::mdns {

/// An answer, a failure that ends it, or neither: the daemon is there.
struct AvahiNews {
  std::optional<DaemonAnswered> answer;
  std::optional<Error> failure;
};

class AvahiSource {
 public:
  using Listener = std::function<void(AvahiNews)>;

  /// Browses for `types` (`_arduino._tcp`) on `interfaces`, or on all. `listener` is called in the
  /// source's own thread, and never again once the destructor has returned.
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
