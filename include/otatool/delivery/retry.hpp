// Decides whether and when to retry a failed delivery, and how long a delivery may take at most.
// Pure functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "otatool/error.hpp"

namespace otatool::delivery {

/// Bytes of a TCP segment that every path carries: with headers it fits into 576 bytes (RFC 9293
/// 3.7.1).
inline constexpr int kSmallSegment = 536;

struct RetryAdvice {
  std::chrono::milliseconds delay;
  bool last;            ///< the next attempt is the last one
  bool small_segments;  ///< the transfer stalled: the path may drop large packets
};

/// Advice after `attempt` (from 1) of `1 + retries` ended with `error`. Nothing if another attempt
/// cannot succeed (wrong password, no reply, refused image) or if this one may have succeeded. The
/// first delay is 1.5 s: after a broken transfer a device needs up to a second before it answers
/// invitations (espota.md 7.3).
[[nodiscard]] std::optional<RetryAdvice> retry_advice(const Error& error,
                                                      unsigned attempt,
                                                      unsigned retries);

/// How long the transfer of `bytes` takes at 1 KiB/s, the slowest rate that makes sense.
[[nodiscard]] std::chrono::milliseconds slowest_transfer(std::size_t bytes);

/// How long the delivery to one target may take with all attempts, if the user sets no limit.
[[nodiscard]] std::chrono::milliseconds usual_max_time(std::chrono::milliseconds longest_attempt,
                                                       unsigned retries);

}  // namespace otatool::delivery
