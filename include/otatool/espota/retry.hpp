// Whether, when and how an upload that failed is tried again. A pure function.
#pragma once

#include <chrono>
#include <optional>

#include "otatool/error.hpp"

namespace otatool::espota {

struct RetryAdvice {
  std::chrono::milliseconds delay;
  bool lockstep;
};

/// What to do after `attempt` (from 1) of `1 + retries` ended with `error`: nothing when another
/// try cannot change the outcome (a wrong password, no answer in all that time, an image that the
/// device does not want) or when it may have succeeded. The last attempt goes in lock-step, as
/// espota.py does it; a device needs up to a second before it hears invitations again
/// (espota.md 7.3).
[[nodiscard]] std::optional<RetryAdvice> retry_advice(const Error& error,
                                                      unsigned attempt,
                                                      unsigned retries);

}  // namespace otatool::espota
