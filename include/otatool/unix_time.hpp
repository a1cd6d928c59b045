// The current time for files, certificates and log lines, and its calendar date.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace otatool {

/// Seconds since 1970-01-01 00:00 UTC.
[[nodiscard]] inline std::int64_t unix_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Date and time of day in UTC. Unlike gmtime(), it does not end in 2038 on machines whose time_t
/// has 32 bits (Debian 12 for armhf). `seconds`: since 1970-01-01 00:00 UTC, in the years -32767 to
/// 32767.
[[nodiscard]] inline std::tm utc_time(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::tm result{};
  result.tm_year = static_cast<int>(date.year()) - 1900;
  result.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  result.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  result.tm_hour = static_cast<int>(clock.hours().count());
  result.tm_min = static_cast<int>(clock.minutes().count());
  result.tm_sec = static_cast<int>(clock.seconds().count());
  result.tm_wday = static_cast<int>(weekday(day).c_encoding());
  result.tm_yday = static_cast<int>((day - sys_days(date.year() / January / 1)).count());
  return result;
}

}  // namespace otatool
