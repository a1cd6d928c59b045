#include "app/devices/name_search.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "otatool/espota/upload.hpp"

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
  explicit SystemLookup(std::vector<std::string> names) : state_(std::make_shared<State>()) {
    for (std::string& name : names) {
      std::thread([state = state_, name = std::move(name)] {
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

}  // namespace

Result<std::vector<mdns::Resolution>> find_names(std::span<const std::string> names,
                                                 const mdns::BrowseOptions& options,
                                                 const mdns::BrowseObserver& observer) {
  mdns::BrowseOptions search = options;
  search.names.assign(names.begin(), names.end());
  TRY(auto browser, mdns::Browser::open(search));
  std::vector<std::string> of_system;
  std::ranges::copy_if(names, std::back_inserter(of_system), [](const std::string& name) {
    return kind_of_name(name) == NameKind::Either;
  });
  const SystemLookup lookup(std::move(of_system));
  const Clock::time_point begin = Clock::now();
  for (;;) {
    const mdns::BrowseEvent event = browser.next(kStep);
    observer(event);
    if (const auto* failed = std::get_if<mdns::BrowseFailed>(&event)) {
      return fail(failed->error);
    }
    const auto* const ended = std::get_if<mdns::BrowseEnded>(&event);
    if (ended != nullptr && ended->interrupted) {
      return fail(Errc::Interrupted, "interrupted while looking for devices");
    }
    const auto devices = browser.devices();
    const bool all_known = std::ranges::all_of(names, [&](const std::string& name) {
      return is_found(devices, name) || lookup.knows(name);
    });
    if (ended != nullptr || (all_known && Clock::now() - begin >= kGrace)) {
      return mdns::group_by_name(names, devices);
    }
  }
}

}  // namespace otatool::app
