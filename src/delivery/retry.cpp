#include "otatool/delivery/retry.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace otatool::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstDelay{1'500};
constexpr milliseconds kLongestDelay{12'000};
constexpr std::size_t kSlowestRate = 1024;  ///< bytes per second

/// Error texts of both chip families for transient errors: damaged data, a failed flash operation.
constexpr std::array<std::string_view, 6> kTransientErrors = {
    "MD5", "Flash Write", "Flash Erase", "Flash Read", "Stream Read Timeout", "Aborted"};

bool is_transient(const Error& error) {
  switch (error.code()) {
    case Errc::SilentAfterAuth:
    case Errc::NoConnectionBack:
    case Errc::Stalled:
    case Errc::ConnectionReset:
    case Errc::ConnectionClosed:
      return true;
    case Errc::DeviceReported:
      return std::any_of(
          kTransientErrors.begin(), kTransientErrors.end(), [&](std::string_view text) {
            return error.message().find(text) != std::string::npos;
          });
    default:
      return false;
  }
}

}  // namespace

std::optional<RetryAdvice> retry_advice(const Error& error, unsigned attempt, unsigned retries) {
  if (attempt > retries || !is_transient(error)) {
    return std::nullopt;
  }
  milliseconds delay = kFirstDelay;
  for (unsigned i = 1; i < attempt && delay < kLongestDelay; ++i) {
    delay *= 2;
  }
  return RetryAdvice{
      std::min(delay, kLongestDelay), attempt == retries, error.code() == Errc::Stalled};
}

milliseconds slowest_transfer(std::size_t bytes) {
  return std::chrono::seconds(bytes / kSlowestRate + 1);
}

milliseconds usual_max_time(milliseconds longest_attempt, unsigned retries) {
  return (longest_attempt + kLongestDelay) * (1 + static_cast<milliseconds::rep>(retries));
}

}  // namespace otatool::delivery
