// The duration of a transfer at the rates that devices reach. Arithmetic only.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace otatool::gzip {

struct AirRate {
  const char* name;
  std::size_t bytes_per_second;
};

/// Rates of weak, usual and good links (signing-gzip-images.md 6).
constexpr std::array<AirRate, 3> kAirRates = {
    {{"slow", 20'000}, {"usual", 40'000}, {"fast", 80'000}}};

/// The transfer alone: without erasing, and without the copy after the restart.
[[nodiscard]] constexpr std::chrono::duration<double> time_on_air(std::size_t size_bytes,
                                                                  AirRate rate) {
  return std::chrono::duration<double>(static_cast<double>(size_bytes) /
                                       static_cast<double>(rate.bytes_per_second));
}

}  // namespace otatool::gzip
