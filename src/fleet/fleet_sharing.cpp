// What a Fleet does with events that are merged with those of other servers.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "otatool/fleet/fleet.hpp"

namespace otatool::fleet {

void Fleet::share_images(Device& device) {
  for (Progress& progress : device.progress) {
    if (progress.image) {
      progress.image = shared(*progress.image);
    }
  }
}

void Fleet::share(Entry& entry, const Event& event, const Rollout* rollout) {
  entry.written = entry.device.seen;
  if (events_.size() >= kMostHistory) {
    ++lost_events_;
    return;
  }
  Event& shared = events_.emplace_back(event);
  if (rollout != nullptr) {
    shared.attempt = rollout->attempt;
    shared.retried = rollout->retried;
  }
  shared.polls = std::exchange(entry.polls, 0);
  ++entry.unmerged;
}

std::vector<Event> Fleet::take_events(std::size_t most) {
  const auto end = events_.begin() + static_cast<std::ptrdiff_t>(std::min(most, events_.size()));
  std::vector<Event> taken(std::make_move_iterator(events_.begin()), std::make_move_iterator(end));
  events_.erase(events_.begin(), end);
  return taken;
}

void Fleet::on_merged(Mac mac, std::uint32_t events) {
  if (const auto at = devices_.find(mac); at != devices_.end()) {
    at->second.unmerged -= std::min(at->second.unmerged, events);
  }
}

void Fleet::on_lost(const std::vector<Mac>& macs) {
  lost_events_ += macs.size();
  for (const Mac mac : macs) {
    on_merged(mac, 1);
  }
}

void Fleet::adopt(Device device) {
  for (Progress& progress : device.progress) {
    static_cast<void>(forget_old_attempt(progress));
  }
  const auto at = devices_.find(device.mac);
  if (at == devices_.end()) {
    if (devices_.size() < most_devices_) {
      restore(std::move(device));
    }
    return;
  }
  Entry& entry = at->second;
  if (entry.unmerged > 0) {
    return;
  }
  count(entry.device, -1);
  share_images(device);
  device.requests += entry.polls;
  device.seen = std::max(device.seen, entry.device.seen);
  entry.device = std::move(device);
  count(entry.device, 1);
}

Step Fleet::step_shared(Rollout& rollout) {
  const Key key(rollout.rule, rollout.version);
  if (authority_ != Authority::Full || proposals_.contains(key)) {
    const Step done = fleet::step_to_halt(rollout, tally(rollout), now_);
    if (done == Step::Halted) {
      take_proposal(rollout);
      proposals_.erase(key);
    }
    return done;
  }
  Rollout next = rollout;
  const Step done = fleet::step(next, tally(rollout), now_);
  if (done == Step::Advanced) {
    proposals_.emplace(key, std::move(next));
  } else {
    rollout = std::move(next);
  }
  return done;
}

void Fleet::take_proposal(Rollout& rollout) const {
  const auto proposal = proposals_.find(Key(rollout.rule, rollout.version));
  if (proposal != proposals_.end()) {
    rollout.percent = proposal->second.percent;
    rollout.elapsed = proposal->second.elapsed;
  }
}

void Fleet::on_written(const Rollout& rollout) {
  const auto proposal = proposals_.find(Key(rollout.rule, rollout.version));
  if (proposal != proposals_.end() && proposal->second.percent == rollout.percent) {
    replace(rollout);
  }
}

void Fleet::set_authority(Authority authority) {
  if (std::exchange(authority_, authority) == authority) {
    return;
  }
  for (auto& [key, rollout] : rollouts_) {
    rollout.stepped = 0;
  }
}

}  // namespace otatool::fleet
