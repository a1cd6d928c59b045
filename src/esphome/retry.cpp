#include "otatool/esphome/retry.hpp"

namespace otatool::esphome {
namespace {

constexpr std::chrono::milliseconds kDelay{5'000};

bool is_of_network(Errc code) {
  switch (code) {
    case Errc::NoAnswer:
    case Errc::PortClosed:
    case Errc::HostUnreachable:
    case Errc::Stalled:
    case Errc::ConnectionReset:
    case Errc::ConnectionClosed:
    case Errc::NetworkFailed:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<delivery::RetryAdvice> retry_advice(const Error& error,
                                                  unsigned attempt,
                                                  unsigned retries) {
  if (attempt > retries || !is_of_network(error.code())) {
    return std::nullopt;
  }
  return delivery::RetryAdvice{kDelay, attempt == retries, error.code() == Errc::Stalled};
}

}  // namespace otatool::esphome
