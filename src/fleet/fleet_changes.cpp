// What a Fleet does when people and other servers change its rollouts.
#include <fmt/format.h>
#include <utility>

#include "otatool/fleet/fleet.hpp"

namespace otatool::fleet {

Result<void> Fleet::change(const RolloutChange& change) {
  Rollout* const rollout = find_active(change.rule);
  if (rollout == nullptr) {
    return fail(Errc::NotFound, fmt::format("no rollout '{}'", change.rule));
  }
  if (rollout->version != change.version) {
    return fail(
        Errc::Usage,
        fmt::format("the rollout '{}' is of version {} now", change.rule, rollout->version));
  }
  TRY(auto event, carry_out(change, *rollout));
  if (event) {
    keep(std::move(*event));
  }
  return {};
}

Result<std::optional<History>> Fleet::carry_out(const RolloutChange& change, Rollout& rollout) {
  const Key key(rollout.rule, rollout.version);
  Rollout next = rollout;
  take_proposal(next);
  TRY(auto event, perform(change.action, next, tally(rollout), now_, change.user));
  if (!event) {
    return event;
  }
  const bool new_attempt = next.attempt != rollout.attempt;
  if (shares_ && is_open(next.phase) && next.percent > rollout.percent) {
    proposals_.insert_or_assign(key, std::move(next));
  } else {
    proposals_.erase(key);
    rollout = std::move(next);
  }
  mark(rollout);
  new_changes_.push_back(change);
  if (new_attempt) {
    recount();
  }
  return event;
}

void Fleet::follow(const std::vector<RolloutChange>& changes,
                   const Key& key,
                   std::vector<RolloutChange>& others) {
  for (const RolloutChange& change : changes) {
    if (Key(change.rule, change.version) != key) {
      others.push_back(change);
      continue;
    }
    // The event is kept already. An action that is no longer possible is lost.
    Rollout& rollout = rollouts_.at(key);
    if (change.action != Action::Advance || rollout.phase != Phase::Paused) {
      static_cast<void>(carry_out(change, rollout));
    } else if (widen_in_phase(rollout, now_)) {
      mark(rollout);
      new_changes_.push_back(change);
    }
  }
}

void Fleet::adopt(Rollout rollout) {
  const Key key(rollout.rule, rollout.version);
  const auto halted = own_halt(rollout);
  replace(std::move(rollout));
  auto later = std::exchange(new_changes_, {});
  follow(std::exchange(written_changes_, {}), key, written_changes_);
  follow(later, key, new_changes_);
  halt_again(key, halted);
}

std::optional<Rollout> Fleet::own_halt(const Rollout& stored) const {
  const auto known = rollouts_.find(Key(stored.rule, stored.version));
  // A person who continues a halted rollout raises the attempt.
  const bool keeps = known != rollouts_.end() && known->second.phase == Phase::Halted &&
                     stored.attempt <= known->second.attempt;
  return keeps ? std::optional(known->second) : std::nullopt;
}

void Fleet::halt_again(const Key& key, const std::optional<Rollout>& halted) {
  Rollout& rollout = rollouts_.at(key);
  if (!halted || !is_open(rollout.phase)) {
    return;
  }
  rollout.phase = Phase::Halted;
  rollout.reason = halted->reason;
  rollout.changed = halted->changed;
  // The event is kept already.
  mark(rollout);
}

void Fleet::replace(Rollout rollout) {
  const Key key(rollout.rule, rollout.version);
  const auto known = rollouts_.find(key);
  if (known != rollouts_.end()) {
    // A server whose folder lacks the rule has cleared the flag. It writes once only.
    if (known->second.active && !rollout.active) {
      rollout.changed = known->second.changed;
      mark(rollout);
    }
    // The manifest of this server has the last word on the plan.
    rollout.plan = known->second.plan;
    rollout.active = known->second.active;
    rollout.stepped = known->second.stepped;
  }
  proposals_.erase(key);
  const bool same = known != rollouts_.end() && known->second.attempt == rollout.attempt;
  rollouts_.insert_or_assign(key, std::move(rollout));
  if (!same) {
    recount();
  }
}

void Fleet::adopt_if_newer(Rollout rollout) {
  const Key key(rollout.rule, rollout.version);
  const auto known = rollouts_.find(key);
  if (known != rollouts_.end() && rollout.revision <= known->second.revision) {
    return;
  }
  const auto halted = own_halt(rollout);
  replace(std::move(rollout));
  follow(std::exchange(new_changes_, {}), key, new_changes_);
  halt_again(key, halted);
}

}  // namespace otatool::fleet
