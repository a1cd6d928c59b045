#include "app/devices/target_search.hpp"

#include <algorithm>
#include <utility>

#include "app/devices/host_kind.hpp"
#include "app/devices/name_search.hpp"

namespace otatool::app {
namespace {

using Clock = std::chrono::steady_clock;

/// An ESP8266 answers within 20 ms, an ESP32 within 110 ms; power save and Wi-Fi add to that. This
/// computer answers within 1 ms.
constexpr mdns::Millis kUsualTime{250};
constexpr mdns::Millis kLoopbackTime{40};
constexpr mdns::Millis kRequiredTime{1'000};

bool is_loopback(const KnownTarget& known) {
  return known.target.host.starts_with("127.") || known.target.host == "::1";
}

/// True for a target that is an address whose way is still open.
bool is_open_address(const KnownTarget& known) {
  return known.way.via != Via::Form && kind_of_name(known.target.host) == NameKind::Address;
}

mdns::Millis patience_of(TargetSearch::Wait wait, const std::vector<KnownTarget>& targets) {
  switch (wait) {
    case TargetSearch::Wait::None:
      return mdns::Millis(0);
    case TargetSearch::Wait::Usual:
      return std::ranges::all_of(targets, is_loopback) ? kLoopbackTime : kUsualTime;
    case TargetSearch::Wait::Required:
      break;
  }
  return kRequiredTime;
}

}  // namespace

TargetSearch::TargetSearch(SearchOptions options, mdns::BrowseObserver observer)
    : options_(std::move(options)), observer_(std::move(observer)), began_(Clock::now()) {}

TargetSearch TargetSearch::start(SearchOptions options, mdns::BrowseObserver observer) {
  TargetSearch search(std::move(options), std::move(observer));
  mdns::BrowseOptions query = search.options_.browse;
  query.timeout = kRequiredTime;
  query.hosts.clear();
  for (KnownTarget& known : search.options_.targets) {
    if (is_open_address(known)) {
      query.hosts.push_back(known.target.host);
    }
    search.targets_.push_back(std::move(known));
  }
  if (query.hosts.empty() || !search.options_.query_addresses) {
    return search;
  }
  if (auto browser = mdns::Browser::open(query)) {
    search.query_.emplace(std::move(*browser));
    search.take(search.query_->next(mdns::Millis(0)));  // sends the queries
  }
  return search;
}

Result<void> TargetSearch::find() {
  std::vector<std::string> names;
  for (const KnownTarget& known : targets_) {
    if (may_be_mdns(known.target.host)) {
      names.push_back(known.target.host);
    }
  }
  if (!names.empty()) {
    TRY(const auto found, find_names(names, options_.browse, observer_));
    TRY_VOID(use_names(found, targets_));
  }
  if (!options_.choice) {
    return {};
  }
  const auto devices = mdns::browse(options_.browse, observer_);
  return devices ? add_chosen(options_, *devices, targets_) : fail(devices.error());
}

void TargetSearch::take(const mdns::BrowseEvent& event) {
  observer_(event);
  if (const auto* const missing = std::get_if<mdns::ResponderMissing>(&event)) {
    without_responder_.insert(missing->host);
  }
}

/// False once nothing more arrives, or the time is over.
Result<bool> TargetSearch::receive(mdns::Millis limit) {
  const mdns::BrowseEvent event = query_->next(limit);
  if (std::holds_alternative<mdns::TimePassed>(event)) {
    return false;
  }
  take(event);
  if (const auto* const ended = std::get_if<mdns::BrowseEnded>(&event)) {
    return ended->interrupted ? fail(Errc::Interrupted, "interrupted before it began")
                              : Result<bool>(false);
  }
  return true;
}

Result<void> TargetSearch::receive_for(mdns::Millis patience) {
  bool more = true;
  while (more && !all_answered()) {
    const auto left = std::chrono::duration_cast<mdns::Millis>(began_ + patience - Clock::now());
    TRY(more, receive(std::max(left, mdns::Millis(0))));
    if (!more) {
      observer_(mdns::TimePassed{});
    }
  }
  while (more) {  // events that have arrived with the last one
    TRY(more, receive(mdns::Millis(0)));
  }
  return {};
}

bool TargetSearch::all_answered() const {
  const auto devices = query_->devices();
  return std::ranges::all_of(targets_, [&](const KnownTarget& known) {
    return !is_open_address(known) || without_responder_.contains(known.target.host) ||
           espota_device_at(known.target, devices) != nullptr;
  });
}

Result<std::vector<KnownTarget>> TargetSearch::finish(Wait wait) {
  if (query_) {
    TRY_VOID(receive_for(patience_of(wait, targets_)));
    const auto devices = query_->devices();
    for (KnownTarget& known : targets_) {
      const mdns::Device* const device = espota_device_at(known.target, devices);
      if (device != nullptr && !known.device && is_open_address(known)) {
        use_device(known, *device);
      }
    }
    query_.reset();
  }
  return std::move(targets_);
}

}  // namespace otatool::app
