#include "firmware/core/guess_limit.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#include "tests/firmware/support/fake_port.hpp"

namespace otatool::firmware {
namespace {

using testing::endpoint;

const Endpoint kGuesser = endpoint(1, 5000);
const Endpoint kOwner = endpoint(2, 5000);

class Guesses : public ::testing::Test {
 protected:
  /// One more wrong answer, as soon as it is taken.
  void guess(const Endpoint& from = kGuesser) {
    now_ += limit_.pause_left(from, now_);
    limit_.wrong_answer(from, now_);
  }

  GuessLimit limit_;
  std::uint32_t now_ = 0xFFFFFF00;
};

TEST_F(Guesses, TheFirstThreeCostNothing) {
  for (int i = 0; i < 2; ++i) {
    guess();
    EXPECT_EQ(limit_.pause_left(kGuesser, now_), 0U);
  }
  guess();
  EXPECT_GT(limit_.pause_left(kGuesser, now_), 0U);
}

TEST_F(Guesses, ThePauseGrowsUpToAMinuteAndIsShorterForOthers) {
  guess();
  guess();
  for (const std::uint32_t seconds : {4U, 8U, 16U, 32U, 60U, 60U, 60U}) {
    guess();
    EXPECT_EQ(limit_.pause_left(kGuesser, now_), seconds * 1000);
    EXPECT_EQ(limit_.pause_left(kOwner, now_), seconds * 250);
    EXPECT_EQ(limit_.pause_left(kOwner, now_ + seconds * 250 - 1), 1U);
    EXPECT_EQ(limit_.pause_left(kOwner, now_ + seconds * 250), 0U);
  }
}

TEST_F(Guesses, ManyAddressesGuessNoFasterThanTheShortPause) {
  std::uint32_t guessed = 0;
  const std::uint32_t start = now_;
  for (std::uint8_t address = 1; now_ - start < 3'600'000; address = address % 250 + 1) {
    guess(endpoint(address, 5000));
    ++guessed;
  }
  EXPECT_LT(guessed, 3'600U / 15 + 10);
}

TEST_F(Guesses, TheLastFourAddressesWaitTheLongPause) {
  for (std::uint8_t address = 1; address <= 6; ++address) {
    guess(endpoint(address, 5000));
  }
  EXPECT_FALSE(limit_.guessed(endpoint(2, 5000)));
  for (std::uint8_t address = 3; address <= 6; ++address) {
    EXPECT_TRUE(limit_.guessed(endpoint(address, 7000)));
  }
}

TEST_F(Guesses, ARightAnswerAndTenQuietMinutesEndTheCount) {
  for (int i = 0; i < 5; ++i) {
    guess();
  }
  limit_.right_answer();
  EXPECT_EQ(limit_.pause_left(kGuesser, now_), 0U);
  for (int i = 0; i < 5; ++i) {
    guess();
  }
  now_ += GuessLimit::kForgetAfter;
  guess();
  EXPECT_EQ(limit_.pause_left(kGuesser, now_), 0U);
}

}  // namespace
}  // namespace otatool::firmware
