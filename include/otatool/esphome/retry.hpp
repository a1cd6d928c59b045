// Decides whether and when to try again to update an ESPHome device. A pure function.
#pragma once

#include <optional>

#include "otatool/delivery/retry.hpp"
#include "otatool/error.hpp"

namespace otatool::esphome {

/// Advice after `attempt` (from 1) of `1 + retries` ended with `error`: five seconds later after an
/// error of the network, because the device may hold the old connection for a while. Nothing after
/// an error that the device reported, and after VerdictLost (esphome-ota.md 7).
[[nodiscard]] std::optional<delivery::RetryAdvice> retry_advice(const Error& error,
                                                                unsigned attempt,
                                                                unsigned retries);

}  // namespace otatool::esphome
