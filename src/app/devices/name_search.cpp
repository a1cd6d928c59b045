#include "app/devices/name_search.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "otatool/espota/upload.hpp"
#include "otatool/mdns/resolve.hpp"

#include "app/devices/host_kind.hpp"

namespace otatool::app {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a device may take to answer to a name that the system resolves too.
constexpr mdns::Millis kGrace{500};
constexpr mdns::Millis kStep{10};
constexpr std::chrono::seconds kLookupInterval{1};
/// How long the system may take to answer, once the devices have.
constexpr std::chrono::seconds kSlowLookup{2};

bool resolves(const std::string& name) {
  espota::Target target;
  target.name = name;
  target.host = name;
  const auto plans = espota::plan_all(std::span(&target, 1), espota::UploadOptions());
  return !plans.front().addresses.empty();
}

/// The names that the system resolves. A lookup cannot be interrupted, so its thread is detached
/// and may outlive this object.
class SystemLookup {
 public:
  explicit SystemLookup(std::span<const std::string> names) : state_(std::make_shared<State>()) {
    for (const std::string& name : names) {
      if (is_host_name(name)) {
        std::thread([state = state_, name] { state->look_up(name); }).detach();
      }
    }
  }
  SystemLookup(const SystemLookup&) = delete;
  SystemLookup& operator=(const SystemLookup&) = delete;
  ~SystemLookup() {
    const std::lock_guard lock(state_->mutex);
    state_->abandoned = true;
    state_->changed.notify_all();
  }

  [[nodiscard]] bool knows(const std::string& name) const {
    const std::lock_guard lock(state_->mutex);
    return state_->knows(name);
  }
  /// Whether the system does not know the name.
  [[nodiscard]] bool denies(const std::string& name) const {
    const std::lock_guard lock(state_->mutex);
    return state_->answers.contains(name) && !state_->knows(name);
  }
  /// Waits for the first answer about a name.
  void wait_for(const std::string& name) const {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, kSlowLookup, [&] { return state_->answers.contains(name); });
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, bool> answers;  ///< whether the system resolves the name
    bool abandoned = false;

    [[nodiscard]] bool knows(const std::string& name) const {
      const auto answer = answers.find(name);
      return answer != answers.end() && answer->second;
    }
    /// The body of a thread.
    void look_up(const std::string& name) {
      for (;;) {
        const bool known = resolves(name);
        std::unique_lock lock(mutex);
        answers[name] = known;
        changed.notify_all();
        if (known || changed.wait_for(lock, kLookupInterval, [this] { return abandoned; })) {
          return;
        }
      }
    }
  };
  std::shared_ptr<State> state_;
};

bool is_dotted(const std::string& name) {
  return kind_of_name(name) == NameKind::Dotted;
}

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

/// Whether no more has to be known about the name.
bool is_decided(const std::string& name,
                std::span<const mdns::Device> devices,
                const SystemLookup& lookup) {
  return lookup.knows(name) ||
         (is_found(devices, name) && (!is_dotted(name) || lookup.denies(name)));
}

std::vector<FoundName> combine(std::span<const std::string> names,
                               std::span<const mdns::Device> devices,
                               const SystemLookup& lookup) {
  std::vector<FoundName> found;
  for (mdns::Resolution& each : mdns::group_by_name(names, devices)) {
    const bool with_priority = is_dotted(each.name);
    if (with_priority) {
      lookup.wait_for(each.name);
    }
    const bool known = lookup.knows(each.name);
    if (with_priority && known) {
      each.devices.clear();
    }
    found.push_back({std::move(each.name), std::move(each.devices), known});
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
  const bool waits_for_devices = !std::ranges::all_of(names, is_dotted);
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
    const bool all_known = std::ranges::all_of(
        names, [&](const std::string& name) { return is_decided(name, devices, lookup); });
    const bool in_time = waits_for_devices && Clock::now() - begin < kGrace;
    if (ended != nullptr || (all_known && !in_time)) {
      return combine(names, devices, lookup);
    }
  }
}

}  // namespace otatool::app
