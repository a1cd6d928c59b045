// The states of a device (fleet.md 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace otatool::fleet {

enum class State : std::uint8_t {
  Unknown,  ///< the requests of the device do not show its state
  Current,
  Waiting,
  Offered,
  Downloaded,
  Confirmed,
  NotApplied,
  Interrupted,
  Refused,
};

/// The word of fleet.md 1; empty for Unknown.
[[nodiscard]] std::string_view to_string(State state);
/// Nothing for a text that is no word of fleet.md 1; Unknown for an empty one.
[[nodiscard]] std::optional<State> parse_state(std::string_view text);

}  // namespace otatool::fleet
