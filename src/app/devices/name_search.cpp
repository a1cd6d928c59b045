#include "app/devices/name_search.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "otatool/espota/upload.hpp"
#include "otatool/mdns/resolve.hpp"

#include "app/devices/host_kind.hpp"

namespace otatool::app {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a device may take to answer to a name that the system resolves too.
constexpr mdns::Millis kGrace{500};
constexpr mdns::Millis kStep{50};

/// The names that the system resolves. A lookup cannot be interrupted, so its thread is detached
/// and may outlive this object.
class SystemLookup {
 public:
  explicit SystemLookup(std::span<const std::string> names) : state_(std::make_shared<State>()) {
    for (const std::string& name : names) {
      if (!is_host_name(name)) {
        continue;
      }
      std::thread([state = state_, name] {
        espota::Target target;
        target.name = name;
        target.host = name;
        const auto plans = espota::plan_all(std::span(&target, 1), espota::UploadOptions());
        const std::lock_guard lock(state->mutex);
        if (!plans.front().addresses.empty()) {
          state->known.insert(name);
        }
      }).detach();
    }
  }
  [[nodiscard]] bool knows(const std::string& name) const {
    const std::lock_guard lock(state_->mutex);
    return state_->known.contains(name);
  }

 private:
  struct State {
    std::mutex mutex;
    std::set<std::string> known;
  };
  std::shared_ptr<State> state_;
};

bool is_found(std::span<const mdns::Device> devices, const std::string& name) {
  return std::ranges::any_of(
      devices, [&name](const mdns::Device& device) { return mdns::answers_to(device, name); });
}

std::vector<FoundName> left_to_system(std::span<const std::string> names) {
  std::vector<FoundName> found;
  for (const std::string& name : names) {
    found.push_back({.name = name, .devices = {}, .resolves = is_host_name(name)});
  }
  return found;
}

std::vector<FoundName> combine(std::span<const std::string> names,
                               std::span<const mdns::Device> devices,
                               const SystemLookup& lookup) {
  std::vector<FoundName> found;
  for (mdns::Resolution& each : mdns::group_by_name(names, devices)) {
    const bool resolves = lookup.knows(each.name);
    found.push_back({std::move(each.name), std::move(each.devices), resolves});
  }
  return found;
}

}  // namespace

Result<std::vector<FoundName>> find_names(std::span<const std::string> names,
                                          const mdns::BrowseOptions& options,
                                          const mdns::BrowseObserver& observer) {
  mdns::BrowseOptions search = options;
  search.names.assign(names.begin(), names.end());
  auto browser = mdns::Browser::open(search);
  if (!browser && browser.error().code() == Errc::NetworkFailed) {
    if (observer) {
      observer(mdns::BrowseWarning{browser.error().message()});
    }
    return left_to_system(names);
  }
  if (!browser) {
    return fail(browser.error());
  }
  const SystemLookup lookup(names);
  const Clock::time_point begin = Clock::now();
  for (;;) {
    const mdns::BrowseEvent event = browser->next(kStep);
    if (observer) {
      observer(event);
    }
    if (const auto* failed = std::get_if<mdns::BrowseFailed>(&event)) {
      return fail(failed->error);
    }
    const auto* const ended = std::get_if<mdns::BrowseEnded>(&event);
    if (ended != nullptr && ended->interrupted) {
      return fail(Errc::Interrupted, "interrupted while looking for devices");
    }
    const auto devices = browser->devices();
    const bool all_known = std::ranges::all_of(names, [&](const std::string& name) {
      return is_found(devices, name) || lookup.knows(name);
    });
    if (ended != nullptr || (all_known && Clock::now() - begin >= kGrace)) {
      return combine(names, devices, lookup);
    }
  }
}

}  // namespace otatool::app
