// Which addresses have sent wrong passwords, and how long each must wait before its next login.
// Bounded memory; no clock, callers pass the time.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::http {

class LoginDelays {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Wrong passwords without a delay, for people who mistype.
  static constexpr unsigned kFreeFailures = 5;
  /// The first delay; every further failure doubles it, up to the longest.
  static constexpr std::chrono::seconds kFirst{1};
  static constexpr std::chrono::seconds kLongest{60};
  /// After this time without a failure an address begins anew.
  static constexpr std::chrono::minutes kMemory{10};
  /// Above this number the address whose last failure is oldest is forgotten.
  static constexpr std::size_t kMostAddresses = 4096;
  /// Wrong Authorization values remembered for each address.
  static constexpr std::size_t kMostValues = 8;

  /// The time until `address` may log in again; zero: now.
  [[nodiscard]] std::chrono::milliseconds left(const std::string& address, Time now) const;
  /// Whether the last failures of `address` include this Authorization value for this realm. A
  /// device with an old password sends the same one again and again: that is no new guess, so it
  /// adds no delay and needs no check.
  [[nodiscard]] bool repeats(const std::string& address,
                             std::string_view realm,
                             std::string_view authorization) const;
  void on_failure(const std::string& address,
                  std::string_view realm,
                  std::string_view authorization,
                  Time now);
  /// Forgets the values, not the delays.
  void forget_values();

 private:
  struct Record {
    unsigned failures = 0;
    Time last;
    Time until;
    std::vector<std::string> values;  ///< their digests
  };
  Record& record_of(const std::string& address, Time now);

  std::map<std::string, Record> records_;
};

}  // namespace otatool::http
