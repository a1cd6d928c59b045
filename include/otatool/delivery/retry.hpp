// Whether and when a delivery that failed is tried again. A pure function.
#pragma once

#include <chrono>
#include <optional>

#include "otatool/error.hpp"

namespace otatool::delivery {

struct RetryAdvice {
  std::chrono::milliseconds delay;
  bool last;  ///< no other attempt will follow the next one
};

/// What to do after `attempt` (from 1) of `1 + retries` ended with `error`: nothing when another
/// try cannot change the outcome (a wrong password, no answer in all that time, an image that the
/// device does not want) or when it may have succeeded. A device needs up to a second before it
/// hears invitations again (espota.md 7.3).
[[nodiscard]] std::optional<RetryAdvice> retry_advice(const Error& error,
                                                      unsigned attempt,
                                                      unsigned retries);

}  // namespace otatool::delivery
