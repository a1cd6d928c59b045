// Limits of waits in tests. They end a test that hangs; they measure nothing.
#pragma once

#include <chrono>

namespace otatool::test {

/// A dead-man limit: long enough for a machine with many more runnable processes than cores.
inline constexpr std::chrono::seconds kPatience(100);

/// Repeats an attempt that depends on how soon another process is scheduled, up to 20 times.
/// Returns whether one attempt returned true.
template <typename Attempt>
[[nodiscard]] bool eventually(Attempt attempt) {
  for (int i = 0; i < 20; ++i) {
    if (attempt()) {
      return true;
    }
  }
  return false;
}

}  // namespace otatool::test
