#include "otatool/fleet/fleet.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace otatool::fleet {
namespace {

/// A running stage is written at least this often, in seconds.
constexpr std::int64_t kElapsedEvery = 10;

void add(std::size_t& count, bool applies, int sign) {
  if (applies) {
    count = sign > 0 ? count + 1 : count - 1;
  }
}

std::string_view kind_of(Step step) {
  switch (step) {
    case Step::Advanced:
      return "advanced";
    case Step::Completed:
      return "completed";
    case Step::Halted:
      return "halted";
    case Step::Nothing:
      break;
  }
  return {};
}

}  // namespace

Fleet::Fleet(std::size_t most_devices) : most_devices_(most_devices) {}

void Fleet::restore(Device device) {
  if (devices_.size() >= 2 * most_devices_) {
    forget_excess();
  }
  share_images(device);
  const Mac mac = device.mac;
  Entry entry;
  entry.written = device.seen;
  entry.device = std::move(device);
  const auto [at, added] = devices_.insert_or_assign(mac, std::move(entry));
  if (added) {
    count(at->second.device, 1);
  }
}

void Fleet::restore(Rollout rollout) {
  // The time during which no server ran does not count.
  rollout.stepped = 0;
  Key key(rollout.rule, rollout.version);
  rollouts_.insert_or_assign(std::move(key), std::move(rollout));
}

void Fleet::count(const Device& device, int sign) {
  const auto waits = active_.find(device.waits_rule);
  bool reached = waits == active_.end();
  for (const Progress& progress : device.progress) {
    if (!progress.image || progress.image->rule.empty()) {
      continue;
    }
    const Key key(progress.image->rule, progress.image->version);
    const auto rollout = rollouts_.find(key);
    Tally& tally = tallies_[key];
    add(tally.offered, true, sign);
    add(tally.downloaded, progress.downloads > 0, sign);
    add(tally.confirmed, progress.confirmed, sign);
    add(tally.failed, progress.failed(), sign);
    const bool earlier = rollout != rollouts_.end() && progress.attempt < rollout->second.attempt;
    add(tally.excused, progress.failed() && earlier, sign);
    reached = reached || key == waits->second;
  }
  if (!reached) {
    add(tallies_[waits->second].waiting, true, sign);
  }
}

Rollout* Fleet::find_active(std::string_view rule) {
  const auto key = active_.find(rule);
  return key == active_.end() ? nullptr : &rollouts_.at(key->second);
}

const Rollout* Fleet::rollout(std::string_view rule) const {
  const auto key = active_.find(rule);
  return key == active_.end() ? nullptr : &rollouts_.at(key->second);
}

const Rollout* Fleet::find_rollout(const Device& device, const Event& event) const {
  const auto& last = device.at(event.slot).image;
  const auto& image = event.kind == Event::Kind::Offered || !last ? event.image : last;
  const auto at = image ? rollouts_.find(Key(image->rule, image->version)) : rollouts_.end();
  return at == rollouts_.end() ? nullptr : &at->second;
}

void Fleet::recount() {
  tallies_.clear();
  for (auto& [mac, entry] : devices_) {
    bool forgotten = false;
    for (Progress& progress : entry.device.progress) {
      forgotten = forget_old_attempt(progress) || forgotten;
    }
    if (forgotten) {
      mark(entry);
    }
    count(entry.device, 1);
  }
}

bool Fleet::forget_old_attempt(Progress& progress) const {
  if (!progress.failed() || !progress.image || progress.image->rule.empty()) {
    return false;
  }
  const auto rollout = rollouts_.find(Key(progress.image->rule, progress.image->version));
  if (rollout == rollouts_.end() || progress.attempt >= rollout->second.retried) {
    return false;
  }
  forget_failures(progress);
  progress.attempt = rollout->second.attempt;
  return true;
}

void Fleet::set_rules(const std::vector<PlannedRule>& rules, std::int64_t now) {
  now_ = now;
  active_.clear();
  for (const PlannedRule& rule : rules) {
    Key key(rule.rule, rule.version);
    const auto [at, added] = rollouts_.try_emplace(key);
    Rollout& rollout = at->second;
    const Rollout before = rollout;
    if (added) {
      rollout = fleet::start(rule.rule, rule.version, rule.plan, now);
    }
    rollout.plan = rule.plan;
    rollout.active = true;
    const bool widens = rollout.percent < rule.plan.stages.back();
    if (rollout.phase == Phase::Complete && widens) {
      rollout.phase = Phase::Running;
    }
    if (added || rollout != before) {
      mark(rollout);
    }
    active_.insert_or_assign(rule.rule, std::move(key));
  }
  for (auto& [key, rollout] : rollouts_) {
    const auto named = active_.find(key.first);
    if (rollout.active && (named == active_.end() || named->second != key)) {
      rollout.active = false;
      // The store keeps it for a while from now on.
      rollout.changed = now;
      mark(rollout);
    }
  }
  recount();
}

void Fleet::apply(const Event& event) {
  now_ = event.time;
  auto at = devices_.find(event.mac);
  if (at == devices_.end()) {
    if (event.kind == Event::Kind::Other) {
      return;
    }
    if (devices_.size() >= most_devices_) {
      ++not_kept_;
      return;
    }
    at = devices_.emplace(event.mac, Entry()).first;
    at->second.device.mac = event.mac;
  } else {
    count(at->second.device, -1);
  }
  Entry& entry = at->second;
  const bool other_version = entry.device.version != event.version;
  const auto progress = entry.device.progress;
  const Rollout* const rollout = find_rollout(entry.device, event);
  const std::uint32_t attempt = rollout != nullptr ? rollout->attempt : 0;
  auto history = fleet::apply(entry.device, event, attempt);
  count(entry.device, 1);
  const std::int64_t unwritten = event.time - entry.written;
  const bool matters = !history.empty() || other_version || entry.device.progress != progress ||
                       unwritten >= kSeenEvery || unwritten < 0;
  if (shares_ && matters) {
    share(entry, event, rollout);
  } else if (shares_) {
    ++entry.polls;
  } else if (matters) {
    mark(entry);
  }
  if (!shares_) {
    std::ranges::for_each(history, [this](History& each) { keep(std::move(each)); });
  }
  const auto& last = entry.device.at(event.slot).image;
  Rollout* const touched = last ? find_active(last->rule) : nullptr;
  if (touched != nullptr) {
    step(*touched);
  }
}

void Fleet::step(std::int64_t now) {
  now_ = now;
  for (const auto& [rule, key] : active_) {
    step(rollouts_.at(key));
  }
}

void Fleet::step(Rollout& rollout) {
  const Phase before = rollout.phase;
  const std::int64_t elapsed = rollout.elapsed;
  const Step done = shares_ ? step_shared(rollout) : fleet::step(rollout, tally(rollout), now_);
  if (done != Step::Nothing) {
    note(rollout, done, before);
  }
  if (done != Step::Nothing || elapsed / kElapsedEvery != rollout.elapsed / kElapsedEvery) {
    mark(rollout);
  }
}

void Fleet::note(const Rollout& rollout, Step step, Phase before) {
  History history;
  history.time = now_;
  history.rule = rollout.rule;
  history.kind = kind_of(step);
  history.from = to_string(before);
  history.to = to_string(rollout.phase);
  history.reason = rollout.reason;
  keep(std::move(history));
}

void Fleet::forget_excess() {
  if (devices_.size() <= most_devices_) {
    return;
  }
  std::vector<std::pair<std::int64_t, Mac>> seen;
  seen.reserve(devices_.size());
  for (const auto& [mac, entry] : devices_) {
    seen.emplace_back(entry.device.seen, mac);
  }
  const std::size_t excess = devices_.size() - most_devices_;
  std::ranges::nth_element(seen, seen.begin() + static_cast<std::ptrdiff_t>(excess));
  seen.resize(excess);
  for (const auto& [time, mac] : seen) {
    const auto at = devices_.find(mac);
    count(at->second.device, -1);
    devices_.erase(at);
  }
  not_kept_ += excess;
}

void Fleet::forget_unseen(std::int64_t before) {
  removed_before_ = before;
  std::erase_if(devices_, [&](const auto& each) {
    const Device& device = each.second.device;
    if (device.seen >= before) {
      return false;
    }
    count(device, -1);
    // Of several servers one deletes it in the store.
    if (authority_ == Authority::Full) {
      removed_.push_back(device.mac);
    }
    return true;
  });
}

void Fleet::mark(Entry& entry) {
  entry.written = entry.device.seen;
  if (!shares_ && !std::exchange(entry.changed, true)) {
    changed_devices_.push_back(entry.device.mac);
  }
}

void Fleet::mark(const Rollout& rollout) {
  changed_rollouts_.emplace(rollout.rule, rollout.version);
}

void Fleet::keep(History history) {
  if (history_.size() >= kMostHistory) {
    ++lost_events_;
    return;
  }
  history_.push_back(std::move(history));
}

Changes Fleet::take_changes(std::size_t most) {
  Changes changes;
  changes.history = std::exchange(history_, {});
  changes.removed = std::exchange(removed_, {});
  changes.removed_before = removed_before_;
  written_changes_ = std::exchange(new_changes_, {});
  for (const Key& key : std::exchange(changed_rollouts_, {})) {
    Rollout& rollout = rollouts_.at(key);
    const auto proposal = proposals_.find(key);
    changes.rollouts.push_back(proposal != proposals_.end() ? proposal->second : rollout);
    changes.rollouts.back().revision = rollout.revision++;
  }
  const std::size_t count = std::min(changed_devices_.size(), most);
  changes.devices.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = devices_.find(changed_devices_.front());
    changed_devices_.pop_front();
    if (at != devices_.end()) {
      at->second.changed = false;
      changes.devices.push_back(at->second.device);
    }
  }
  return changes;
}

void Fleet::drop_changes() {
  history_.clear();
  removed_.clear();
  changed_rollouts_.clear();
  new_changes_.clear();
  for (const Mac mac : std::exchange(changed_devices_, {})) {
    if (const auto at = devices_.find(mac); at != devices_.end()) {
      at->second.changed = false;
    }
  }
}

void Fleet::mark_all_changed() {
  for (auto& [mac, entry] : devices_) {
    mark(entry);
  }
  for (auto& [key, rollout] : rollouts_) {
    rollout.revision = 0;
    mark(rollout);
  }
}

const Device* Fleet::device(Mac mac) const {
  const auto at = devices_.find(mac);
  return at == devices_.end() ? nullptr : &at->second.device;
}

Tally Fleet::tally(const Rollout& rollout) const {
  const auto at = tallies_.find(Key(rollout.rule, rollout.version));
  return at == tallies_.end() ? Tally() : at->second;
}

std::vector<const Rollout*> Fleet::active_rollouts() const {
  std::vector<const Rollout*> rollouts;
  for (const auto& [rule, key] : active_) {
    rollouts.push_back(&rollouts_.at(key));
  }
  return rollouts;
}

std::shared_ptr<const Image> Fleet::shared(const Image& image) {
  const std::string key = image.rule + '\n' + image.version + '\n' + image.sha256;
  auto& known = images_[key];
  auto shared = known.lock();
  if (!shared || *shared != image) {
    shared = std::make_shared<const Image>(image);
    known = shared;
  }
  return shared;
}

}  // namespace otatool::fleet
