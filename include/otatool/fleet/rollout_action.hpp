// What people do to a rollout: `otatool rollout` and the status page of a server do the same.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/fleet/device.hpp"
#include "otatool/fleet/rollout.hpp"
#include "otatool/result.hpp"

namespace otatool::fleet {

enum class Action : std::uint8_t { Pause, Resume, Advance, Retry };
inline constexpr std::array kActions = {
    Action::Pause, Action::Resume, Action::Advance, Action::Retry};

/// `pause`, `resume`, `advance`, `retry`.
[[nodiscard]] std::string_view to_string(Action action);
[[nodiscard]] std::optional<Action> parse_action(std::string_view text);

/// Whether an action changes a rollout in this phase.
[[nodiscard]] bool is_useful(Action action, Phase phase);

/// Performs an action and returns the event to keep; nothing if the rollout stays as it is. The
/// reason of a pause names the user. `now`: seconds since 1970. Usage if the phase does not allow
/// the action.
[[nodiscard]] Result<std::optional<History>> perform(
    Action action, Rollout& rollout, const Tally& tally, std::int64_t now, const std::string& user);

}  // namespace otatool::fleet
