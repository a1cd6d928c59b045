#include "store/shared_work.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace otatool::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kMeetEvery{1};
/// Then the server looks what the others did, and merges on.
constexpr std::chrono::milliseconds kMergeFor{100};
/// Devices read by one statement.
constexpr std::size_t kPage = 1000;
/// TLS sessions of a second.
constexpr std::size_t kMostSessions = 1000;
/// Devices that wait for the server's thread.
constexpr std::size_t kMostNews = 10'000;

}  // namespace

SharedWork::SharedWork(SharedStore& store, EventQueue queue, const WriterOptions& options)
    : store_(store),
      runs_(options.runs),
      tls_(options.tls),
      queue_(std::move(queue)),
      sign_(options.sign) {}

bool SharedWork::push(std::vector<fleet::Event> events) {
  const std::scoped_lock lock(mutex_);
  return queue_.push(std::move(events), Clock::now());
}

void SharedWork::push(std::vector<SharedSession> sessions) {
  const std::scoped_lock lock(mutex_);
  const std::size_t room = kMostSessions - std::min(kMostSessions, sessions_.size());
  sessions.resize(std::min(sessions.size(), room));
  std::ranges::move(sessions, std::back_inserter(sessions_));
}

void SharedWork::save() {
  const std::scoped_lock lock(mutex_);
  queue_.save(Clock::now());
}

void SharedWork::set_catalogue(std::string catalogue) {
  const std::scoped_lock lock(mutex_);
  sign_.catalogue = std::move(catalogue);
}

SharedNews SharedWork::take_news() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(news_, {});
}

bool SharedWork::empty() {
  const std::scoped_lock lock(mutex_);
  return queue_.empty();
}

bool SharedWork::save_all() {
  const std::scoped_lock lock(mutex_);
  queue_.save(Clock::now() + EventQueue::kPatience);
  return queue_.saved();
}

Result<std::size_t> SharedWork::write(bool renewed) {
  if (renewed) {
    const std::scoped_lock lock(mutex_);
    queue_.repeat();
    behind_ = true;
  }
  const auto end = Clock::now() + kMergeFor;
  std::size_t merged = 0;
  do {
    std::shared_ptr<const EventBatch> batch;
    bool fresh = false;
    {
      const std::scoped_lock lock(mutex_);
      batch = queue_.front();
      fresh = queue_.front_is_new();
      news_.unreadable += queue_.take_unreadable();
    }
    if (!batch) {
      break;
    }
    TRY(auto devices, store_.merge(*batch, runs_));
    const std::scoped_lock lock(mutex_);
    queue_.pop(Clock::now());
    add_merged(*batch, fresh, std::move(devices));
    merged += batch->events.size();
  } while (Clock::now() < end);
  return merged;
}

void SharedWork::add_merged(const EventBatch& batch,
                            bool fresh,
                            std::vector<fleet::Device> devices) {
  std::map<fleet::Mac, std::uint32_t> counts;
  for (const fleet::Event& event : batch.events) {
    counts[event.mac] += fresh ? 1 : 0;
  }
  for (fleet::Device& device : devices) {
    const fleet::Mac mac = device.mac;
    news_.devices.push_back({.device = std::move(device), .events = counts[mac]});
  }
}

Result<bool> SharedWork::meet() {
  const auto now = Clock::now();
  if (now - met_ < kMeetEvery) {
    return false;
  }
  ServerSign sign;
  {
    const std::scoped_lock lock(mutex_);
    sign = sign_;
  }
  TRY(auto others, store_.meet(sign));
  TRY(const auto difference, store_.clock_difference());
  TRY(const bool leads, store_.lead());
  met_ = now;
  if (tls_) {
    TRY_VOID(exchange_tls());
  }
  const std::scoped_lock lock(mutex_);
  news_.clock_difference = difference;
  if (others != others_) {
    news_.others = others;
    others_ = std::move(others);
  }
  return std::exchange(leads_, leads) != leads;
}

Result<void> SharedWork::exchange_tls() {
  std::vector<SharedSession> own;
  {
    const std::scoped_lock lock(mutex_);
    own = std::exchange(sessions_, {});
  }
  TRY_VOID(store_.add_sessions(own, leads_));
  TRY(auto sessions, store_.new_sessions(kMostSessions));
  TRY(auto keys, store_.ticket_keys(leads_));
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const SharedKey& key : keys) {
    names.push_back(key.name);
  }
  const std::scoped_lock lock(mutex_);
  if (std::exchange(key_names_, names) != names) {
    news_.ticket_keys = std::move(keys);
  }
  std::ranges::move(sessions, std::back_inserter(news_.sessions));
  return {};
}

Result<void> SharedWork::read(bool changed) {
  behind_ = behind_ || changed;
  while (behind_) {
    {
      const std::scoped_lock lock(mutex_);
      if (news_.devices.size() >= kMostNews) {
        return {};
      }
    }
    TRY(auto devices, store_.changed_devices(kPage));
    behind_ = devices.size() == kPage;
    const std::scoped_lock lock(mutex_);
    for (fleet::Device& device : devices) {
      news_.devices.push_back({.device = std::move(device), .events = 0});
    }
  }
  const std::scoped_lock lock(mutex_);
  news_.authority = leads_ ? fleet::Authority::Full : fleet::Authority::HaltOnly;
  return {};
}

void SharedWork::on_failure() {
  leads_ = false;
  met_ = {};
  const std::scoped_lock lock(mutex_);
  news_.authority = fleet::Authority::HaltOnly;
}

}  // namespace otatool::store
