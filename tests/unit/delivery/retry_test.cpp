#include "otatool/delivery/retry.hpp"

#include <gtest/gtest.h>

namespace otatool::delivery {
namespace {

using std::chrono::milliseconds;

TEST(RetryAdvice, RetriesTransientErrorsAndMarksTheLastAttempt) {
  const Error error(Errc::Stalled, "stalled");
  const auto first = retry_advice(error, 1, 2);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->last);
  const auto second = retry_advice(error, 2, 2);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->last);
  EXPECT_GT(second->delay, first->delay);
  EXPECT_FALSE(retry_advice(error, 3, 2));
  EXPECT_FALSE(retry_advice(error, 1, 0));
}

TEST(RetryAdvice, WaitsUntilTheDeviceListensAgain) {
  EXPECT_GT(retry_advice(Error(Errc::ConnectionReset, "reset"), 1, 5)->delay, milliseconds(1'000));
  EXPECT_LE(retry_advice(Error(Errc::ConnectionReset, "reset"), 40, 50)->delay,
            milliseconds(12'000));
}

TEST(RetryAdvice, SeparatesTransientDeviceErrorsFromPermanentOnes) {
  const auto retried = [](const char* text) {
    return retry_advice(Error(Errc::DeviceReported, text), 1, 2).has_value();
  };
  EXPECT_TRUE(retried("ERROR[7]: MD5 verification failed: expected: 0, calculated: 1"));
  EXPECT_TRUE(retried("MD5 Check Failed"));
  EXPECT_TRUE(retried("ERROR[1]: Flash Write Failed"));
  EXPECT_FALSE(retried("ERROR[4]: Not Enough Space"));
  EXPECT_FALSE(retried("Wrong Magic Byte"));
  EXPECT_FALSE(retried("ERROR[12]: Signature verification failed"));
}

TEST(RetryAdvice, DoesNotRetryPermanentErrorsOrPossibleSuccess) {
  for (const Errc code : {Errc::PasswordRefused,
                          Errc::PasswordNeeded,
                          Errc::NoAnswer,
                          Errc::PortClosed,
                          Errc::NotFound,
                          Errc::DeviceRefused,
                          Errc::VerdictLost,
                          Errc::Interrupted}) {
    EXPECT_FALSE(retry_advice(Error(code, "x"), 1, 5)) << to_string(code);
  }
}

TEST(UsualMaxTime, GrowsWithTheImageAndTheAttempts) {
  using std::chrono::seconds;
  EXPECT_EQ(slowest_transfer(1024 * 1024), seconds(1025));
  EXPECT_EQ(usual_max_time(seconds(100), 0), seconds(112));
  EXPECT_EQ(usual_max_time(seconds(100), 2), seconds(336));
}

}  // namespace
}  // namespace otatool::delivery
