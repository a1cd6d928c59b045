#include "otatool/fleet/rollout_action.hpp"

#include <algorithm>

namespace otatool::fleet {
namespace {

Result<void> apply(Action action, Rollout& rollout, const Tally& tally, std::int64_t now) {
  switch (action) {
    case Action::Pause:
      return pause(rollout, now);
    case Action::Resume:
      return resume(rollout, tally, now);
    case Action::Advance:
      return advance(rollout, now);
    case Action::Retry:
      break;
  }
  return retry(rollout, now);
}

}  // namespace

std::string_view to_string(Action action) {
  constexpr std::array<std::string_view, 4> kWords = {"pause", "resume", "advance", "retry"};
  return kWords.at(static_cast<std::size_t>(action));
}

std::optional<Action> parse_action(std::string_view text) {
  const auto* const found =
      std::ranges::find(kActions, text, [](Action action) { return to_string(action); });
  return found == kActions.end() ? std::nullopt : std::optional(*found);
}

bool is_useful(Action action, Phase phase) {
  switch (action) {
    case Action::Pause:
    case Action::Advance:
      return phase == Phase::Running;
    case Action::Resume:
      return phase == Phase::Paused || phase == Phase::Halted;
    case Action::Retry:
      break;
  }
  return true;
}

Result<std::optional<History>> perform(Action action,
                                       Rollout& rollout,
                                       const Tally& tally,
                                       std::int64_t now,
                                       const std::string& user) {
  const Rollout before = rollout;
  TRY_VOID(apply(action, rollout, tally, now));
  if (rollout == before) {
    return std::optional<History>();
  }
  if (rollout.phase == Phase::Paused) {
    rollout.reason = "by " + user;
  }
  History event;
  event.time = now;
  event.rule = rollout.rule;
  event.kind = to_string(action);
  event.from = to_string(before.phase);
  event.to = to_string(rollout.phase);
  event.user = user;
  return std::optional(std::move(event));
}

}  // namespace otatool::fleet
