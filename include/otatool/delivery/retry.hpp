// Decides whether and when to retry a failed delivery. A pure function.
#pragma once

#include <chrono>
#include <optional>

#include "otatool/error.hpp"

namespace otatool::delivery {

struct RetryAdvice {
  std::chrono::milliseconds delay;
  bool last;  ///< the next attempt is the last one
};

/// Advice after `attempt` (from 1) of `1 + retries` ended with `error`. Nothing if another attempt
/// cannot succeed (wrong password, no reply, refused image) or if this one may have succeeded. The
/// first delay is 1.5 s: after a broken transfer a device needs up to a second before it answers
/// invitations (espota.md 7.3).
[[nodiscard]] std::optional<RetryAdvice> retry_advice(const Error& error,
                                                      unsigned attempt,
                                                      unsigned retries);

}  // namespace otatool::delivery
