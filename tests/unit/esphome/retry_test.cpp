#include "otatool/esphome/retry.hpp"

#include <gtest/gtest.h>

namespace otatool::esphome {
namespace {

using std::chrono::milliseconds;

TEST(EsphomeRetry, WaitsFiveSecondsAfterErrorsOfTheNetwork) {
  for (const Errc code : {Errc::NoAnswer,
                          Errc::PortClosed,
                          Errc::HostUnreachable,
                          Errc::Stalled,
                          Errc::ConnectionReset,
                          Errc::ConnectionClosed,
                          Errc::NetworkFailed}) {
    const auto first = retry_advice(Error(code, "x"), 1, 2);
    ASSERT_TRUE(first) << to_string(code);
    EXPECT_EQ(first->delay, milliseconds(5'000));
    EXPECT_FALSE(first->last);
    EXPECT_EQ(first->small_segments, code == Errc::Stalled);
    const auto second = retry_advice(Error(code, "x"), 2, 2);
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->last);
    EXPECT_FALSE(retry_advice(Error(code, "x"), 3, 2));
  }
}

TEST(EsphomeRetry, RepeatsNothingThatTheDeviceDecidedOrMayHaveCommitted) {
  for (const Errc code : {Errc::DeviceReported,
                          Errc::DeviceRefused,
                          Errc::PasswordRefused,
                          Errc::EncryptionRefused,
                          Errc::EncryptionMissing,
                          Errc::VerdictLost,
                          Errc::Interrupted}) {
    // The text of a flash error makes ArduinoOTA's retries repeat.
    EXPECT_FALSE(retry_advice(Error(code, "MD5 Flash Write"), 1, 2)) << to_string(code);
  }
}

}  // namespace
}  // namespace otatool::esphome
