// Nonces of Digest authentication (RFC 7616 3.3, 3.4) that need no memory until a right response
// uses one: a nonce is its time and a keyed hash of it. No sockets, no clock.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace otatool::device {

class DigestNonces {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes kLifetime{5};
  /// Nonces in use at a time. One more makes the oldest one stale.
  static constexpr std::size_t kMaxInUse = 64;

  DigestNonces() { forget_all(); }

  /// A new nonce of 32 hex digits.
  [[nodiscard]] std::string issue(Time now);
  /// Uses `nonce` for request number `count`. Call only for a right response. False if the nonce is
  /// not one of these or too old, or if `count` is not larger than at its last use: the response is
  /// a repeated one.
  [[nodiscard]] bool use(std::string_view nonce, std::uint32_t count, Time now);
  /// Makes all nonces stale.
  void forget_all();

 private:
  [[nodiscard]] std::string text_of(std::uint64_t issued);

  std::array<std::uint8_t, 32> key_{};
  std::uint64_t last_issued_ = 0;
  std::uint64_t newest_dropped_ = 0;
  std::map<std::uint64_t, std::uint32_t> counts_;  ///< of nonces in use, by their time
};

}  // namespace otatool::device
