#include "otatool/fleet/rollout.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace otatool::fleet {
namespace {

constexpr std::array<std::string_view, 4> kPhases = {"running", "paused", "halted", "complete"};

struct Failures {
  std::size_t failed = 0;
  std::size_t downloaded = 0;
};

/// What has happened since the last halt that was resumed.
Failures new_failures(const Rollout& rollout, const Tally& tally) {
  const auto beyond = [](std::size_t count, std::size_t excused) {
    return count - std::min(count, excused);
  };
  return {.failed = beyond(tally.failed, tally.excused),
          .downloaded = beyond(tally.downloaded, rollout.excused_downloaded)};
}

/// The stage after the present one; nothing in the last.
std::optional<unsigned> next_stage(const Rollout& rollout) {
  const auto& stages = rollout.plan.stages;
  const auto next =
      std::ranges::find_if(stages, [&rollout](unsigned stage) { return stage > rollout.percent; });
  return next == stages.end() ? std::nullopt : std::optional(*next);
}

/// Enough of the offered devices have confirmed. A stage without any needs a device that waits:
/// otherwise nobody asks, and nothing is known.
bool is_proven(const Rollout& rollout, const Tally& tally) {
  return tally.offered == 0 ? tally.waiting > 0
                            : tally.confirmed * 100 >= tally.offered * rollout.plan.stage_confirmed;
}

void enter_phase(Rollout& rollout, Phase phase, std::string reason, std::int64_t now) {
  rollout.phase = phase;
  rollout.reason = std::move(reason);
  rollout.changed = now;
}

Step widen(Rollout& rollout, std::int64_t now) {
  if (widen_in_phase(rollout, now)) {
    return Step::Advanced;
  }
  rollout.elapsed = 0;
  enter_phase(rollout, Phase::Complete, {}, now);
  return Step::Completed;
}

std::string reason_to_halt(const Rollout& rollout, const Tally& tally) {
  const Failures failures = new_failures(rollout, tally);
  return fmt::format(
      "{} of {} devices that downloaded it failed", failures.failed, failures.downloaded);
}

}  // namespace

std::string_view to_string(Phase phase) {
  return kPhases.at(static_cast<std::size_t>(phase));
}

std::optional<Phase> parse_phase(std::string_view text) {
  const auto* const found = std::ranges::find(kPhases, text);
  if (found == kPhases.end()) {
    return std::nullopt;
  }
  return static_cast<Phase>(found - kPhases.begin());
}

Rollout start(std::string rule, std::string version, StagePlan plan, std::int64_t now) {
  Rollout rollout;
  rollout.rule = std::move(rule);
  rollout.version = std::move(version);
  rollout.percent = plan.stages.front();
  rollout.plan = std::move(plan);
  rollout.stepped = now;
  rollout.changed = now;
  return rollout;
}

Admission admit(const Rollout& rollout, unsigned place) {
  if (rollout.phase == Phase::Paused || rollout.phase == Phase::Halted) {
    return rollout.phase == Phase::Paused ? Admission::Paused : Admission::Halted;
  }
  return place < rollout.percent ? Admission::In : Admission::NotYet;
}

bool must_halt(const Rollout& rollout, const Tally& tally) {
  const Failures failures = new_failures(rollout, tally);
  return failures.failed >= kFewestFailures &&
         failures.failed * 1000 >= failures.downloaded * rollout.plan.halt_failures_permille;
}

Step step_to_halt(Rollout& rollout, const Tally& tally, std::int64_t now) {
  if (!is_open(rollout.phase) || !must_halt(rollout, tally)) {
    return Step::Nothing;
  }
  enter_phase(rollout, Phase::Halted, reason_to_halt(rollout, tally), now);
  return Step::Halted;
}

Step step(Rollout& rollout, const Tally& tally, std::int64_t now) {
  const std::int64_t gap =
      rollout.stepped == 0 ? 0 : std::clamp<std::int64_t>(now - rollout.stepped, 0, kLongestStep);
  rollout.stepped = now;
  if (step_to_halt(rollout, tally, now) == Step::Halted) {
    return Step::Halted;
  }
  if (rollout.phase != Phase::Running) {
    return Step::Nothing;
  }
  rollout.elapsed += gap;
  if (rollout.elapsed < rollout.plan.stage_time || !is_proven(rollout, tally)) {
    return Step::Nothing;
  }
  return widen(rollout, now);
}

Result<void> pause(Rollout& rollout, std::int64_t now) {
  if (rollout.phase == Phase::Halted || rollout.phase == Phase::Complete) {
    return fail(Errc::Usage,
                fmt::format("the rollout of {} is {}", rollout.version, to_string(rollout.phase)));
  }
  if (rollout.phase != Phase::Paused) {
    enter_phase(rollout, Phase::Paused, {}, now);
  }
  return {};
}

Result<void> resume(Rollout& rollout, const Tally& tally, std::int64_t now) {
  if (rollout.phase == Phase::Complete) {
    return fail(Errc::Usage, fmt::format("the rollout of {} is complete", rollout.version));
  }
  if (rollout.phase == Phase::Halted) {
    ++rollout.attempt;
    rollout.excused_downloaded = tally.downloaded;
  }
  if (rollout.phase != Phase::Running) {
    enter_phase(rollout, Phase::Running, {}, now);
  }
  return {};
}

Result<void> advance(Rollout& rollout, std::int64_t now) {
  if (rollout.phase != Phase::Running) {
    return fail(
        Errc::Usage,
        fmt::format(
            "the rollout of {} is {}, not running", rollout.version, to_string(rollout.phase)));
  }
  static_cast<void>(widen(rollout, now));
  return {};
}

bool widen_in_phase(Rollout& rollout, std::int64_t now) {
  const auto next = next_stage(rollout);
  if (!next) {
    return false;
  }
  rollout.percent = *next;
  rollout.elapsed = 0;
  rollout.changed = now;
  return true;
}

Result<void> retry(Rollout& rollout, std::int64_t now) {
  ++rollout.attempt;
  rollout.retried = rollout.attempt;
  rollout.excused_downloaded = 0;
  if (rollout.phase == Phase::Paused || rollout.phase == Phase::Halted) {
    enter_phase(rollout, Phase::Running, {}, now);
  }
  return {};
}

}  // namespace otatool::fleet
