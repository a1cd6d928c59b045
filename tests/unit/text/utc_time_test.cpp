#include <array>
#include <ctime>

#include <gtest/gtest.h>

#include "otatool/unix_time.hpp"

namespace otatool {
namespace {

TEST(UtcTime, AgreesWithTheLibrary) {
  // The epoch and the second before it, a leap day, and the last second that fits into 32 bits.
  for (const std::int64_t seconds : {0LL, 951'782'400LL, 951'868'799LL, 2'147'483'647LL, -1LL}) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm expected{};
    ASSERT_NE(gmtime_r(&time, &expected), nullptr);
    const std::tm actual = utc_time(seconds);
    const auto fields = [](const std::tm& of) {
      return std::array{of.tm_year,
                        of.tm_mon,
                        of.tm_mday,
                        of.tm_hour,
                        of.tm_min,
                        of.tm_sec,
                        of.tm_wday,
                        of.tm_yday};
    };
    EXPECT_EQ(fields(actual), fields(expected)) << seconds;
  }
}

TEST(UtcTime, DoesNotEndIn2038) {
  const std::tm last = utc_time(253'402'300'799);
  EXPECT_EQ(last.tm_year, 9999 - 1900);
  EXPECT_EQ(last.tm_mon, 11);
  EXPECT_EQ(last.tm_mday, 31);
  EXPECT_EQ(last.tm_sec, 59);
}

}  // namespace
}  // namespace otatool
