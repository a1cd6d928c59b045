#include "http/auth/login_delays.hpp"

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LoginDelaysTest : public ::testing::Test {
 protected:
  void fail(const std::string& address) {
    delays_.on_failure(address, "realm", "guess " + std::to_string(++guesses_), now_);
  }
  [[nodiscard]] milliseconds left(const std::string& address = "a") const {
    return delays_.left(address, now_);
  }

  LoginDelays delays_;
  LoginDelays::Time now_{std::chrono::hours(1)};
  int guesses_ = 0;
};

TEST_F(LoginDelaysTest, GrowForTheirAddressAlone) {
  for (unsigned i = 0; i < LoginDelays::kFreeFailures; ++i) {
    fail("a");
    EXPECT_EQ(left(), seconds(0));
  }
  for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60}) {
    fail("a");
    EXPECT_EQ(left(), seconds(expected));
    EXPECT_EQ(left("b"), seconds(0));
    now_ += seconds(expected) - milliseconds(1);
    EXPECT_EQ(left(), milliseconds(1));
    now_ += milliseconds(1);
    EXPECT_EQ(left(), seconds(0));
  }
}

TEST_F(LoginDelaysTest, BeginAnewAfterALongTime) {
  for (unsigned i = 0; i < LoginDelays::kFreeFailures + 4; ++i) {
    fail("a");
  }
  now_ += LoginDelays::kMemory - seconds(1);
  fail("a");
  EXPECT_EQ(left(), seconds(16));
  now_ += LoginDelays::kMemory;
  fail("a");
  EXPECT_EQ(left(), seconds(0));
}

TEST_F(LoginDelaysTest, AnAddressRepeatsOnlyItsOwnLastValues) {
  delays_.on_failure("a", "realm", "old password", now_);
  EXPECT_TRUE(delays_.repeats("a", "realm", "old password"));
  EXPECT_FALSE(delays_.repeats("a", "realm", "other"));
  EXPECT_FALSE(delays_.repeats("a", "other realm", "old password"));
  EXPECT_FALSE(delays_.repeats("b", "realm", "old password"));
  for (std::size_t i = 0; i < LoginDelays::kMostValues; ++i) {
    EXPECT_TRUE(delays_.repeats("a", "realm", "old password"));
    fail("a");
  }
  EXPECT_FALSE(delays_.repeats("a", "realm", "old password"));
}

TEST_F(LoginDelaysTest, ForgetTheOldestOfTooManyAddresses) {
  const auto fail_later = [this](const std::string& address) {
    now_ += milliseconds(1);
    delays_.on_failure(address, "realm", "x", now_);
  };
  fail_later("first");
  fail_later("second");
  fail_later("first");
  for (std::size_t i = 2; i < LoginDelays::kMostAddresses; ++i) {
    fail_later(std::to_string(i));
  }
  EXPECT_TRUE(delays_.repeats("second", "realm", "x"));
  fail_later("one more");
  EXPECT_FALSE(delays_.repeats("second", "realm", "x"));
  EXPECT_TRUE(delays_.repeats("first", "realm", "x"));
  EXPECT_TRUE(delays_.repeats("one more", "realm", "x"));
}

}  // namespace
}  // namespace otatool::http
