// The current time for files, certificates and log lines.
#pragma once

#include <chrono>
#include <cstdint>

namespace otatool {

/// Seconds since 1970-01-01 00:00 UTC.
[[nodiscard]] inline std::int64_t unix_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace otatool
