// The rollout of a version in stages (fleet.md 3): who is in, when it widens, when it stops. Pure
// functions of plan, state and counts; callers pass the time in seconds since 1970.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/result.hpp"

namespace otatool::fleet {

/// The part of a rule that plans its rollout.
struct StagePlan {
  std::vector<unsigned> stages;  ///< percent, rising; the last one is where it ends
  std::int64_t stage_time = std::int64_t{2} * 3600;  ///< seconds for which a stage lasts at least
  unsigned stage_confirmed = 80;                     ///< percent of the offered devices
  unsigned halt_failures_permille = 50;              ///< of the devices that downloaded

  friend bool operator==(const StagePlan&, const StagePlan&) = default;
};

/// A rollout never halts with fewer failed devices.
inline constexpr std::size_t kFewestFailures = 3;
/// A longer time between two steps counts as this long: the clock was set, or no server ran.
inline constexpr std::int64_t kLongestStep = 60;

enum class Phase : std::uint8_t { Running, Paused, Halted, Complete };
[[nodiscard]] std::string_view to_string(Phase phase);
[[nodiscard]] std::optional<Phase> parse_phase(std::string_view text);
/// Whether a rollout in this phase gives its version to devices.
[[nodiscard]] constexpr bool is_open(Phase phase) {
  return phase == Phase::Running || phase == Phase::Complete;
}

struct Rollout {
  std::string rule;
  std::string version;
  StagePlan plan;
  Phase phase = Phase::Running;
  unsigned percent = 0;      ///< of the present stage
  std::int64_t elapsed = 0;  ///< seconds of running in this stage
  std::int64_t stepped = 0;  ///< time of the last step; 0: none
  std::int64_t changed = 0;  ///< time of the last change of phase or stage, or of its end
  std::string reason;        ///< of the phase; may be empty
  /// Devices that had downloaded it when a halt was last resumed.
  std::size_t excused_downloaded = 0;
  /// Raised by retry(), and when a halt is resumed: failures of earlier attempts are excused.
  std::uint32_t attempt = 0;
  std::uint32_t retried = 0;   ///< the last retry()'s attempt: earlier failures are forgotten
  bool active = true;          ///< the manifest has this rule with this version
  std::uint64_t revision = 0;  ///< of the store

  friend bool operator==(const Rollout&, const Rollout&) = default;
};

/// How many devices of a rollout are where.
struct Tally {
  std::size_t offered = 0;     ///< got at least the beginning of the image
  std::size_t downloaded = 0;  ///< completely, at least once
  std::size_t confirmed = 0;
  std::size_t failed = 0;   ///< not-applied, or refused after a download
  std::size_t excused = 0;  ///< of these: in an earlier attempt. Only a Fleet counts them.
  std::size_t waiting = 0;  ///< asked and got nothing yet

  /// Offered, and neither confirmed nor failed.
  [[nodiscard]] std::size_t undecided() const {
    const std::size_t decided = confirmed + failed;
    return offered > decided ? offered - decided : 0;
  }

  friend bool operator==(const Tally&, const Tally&) = default;
};

/// A new rollout in its first stage.
[[nodiscard]] Rollout start(std::string rule,
                            std::string version,
                            StagePlan plan,
                            std::int64_t now);

/// Whether the rollout gives its version to the device at `place` (0 to 99).
enum class Admission : std::uint8_t { In, NotYet, Paused, Halted };
[[nodiscard]] Admission admit(const Rollout& rollout, unsigned place);

/// Whether the failures reach the plan's share, not counting excused ones.
[[nodiscard]] bool must_halt(const Rollout& rollout, const Tally& tally);

/// What a step did.
enum class Step : std::uint8_t { Nothing, Advanced, Completed, Halted };
/// Halts a running or complete rollout that must halt; widens or completes a running one. Never
/// continues a paused or halted one. Call it after each event and at least every kLongestStep.
[[nodiscard]] Step step(Rollout& rollout, const Tally& tally, std::int64_t now);

/// The part of step() that halts: for a server that does not know of all devices.
[[nodiscard]] Step step_to_halt(Rollout& rollout, const Tally& tally, std::int64_t now);

/// What people do to a rollout. Each fails with Usage and leaves it unchanged if its phase does not
/// allow the action; pausing a paused and resuming a running one change nothing.
[[nodiscard]] Result<void> pause(Rollout& rollout, std::int64_t now);
/// Continues a paused or halted rollout. After a halt the failures of `tally` are excused.
[[nodiscard]] Result<void> resume(Rollout& rollout, const Tally& tally, std::int64_t now);
/// The next stage, or the end, at once.
[[nodiscard]] Result<void> advance(Rollout& rollout, std::int64_t now);
/// Goes to the next stage, if there is one; the phase stays as it is. For an advance() that meets
/// the pause() of another person. True if the rollout changes.
[[nodiscard]] bool widen_in_phase(Rollout& rollout, std::int64_t now);
/// Continues, and lets the failed devices try again at once.
[[nodiscard]] Result<void> retry(Rollout& rollout, std::int64_t now);

}  // namespace otatool::fleet
