#include "otatool/delivery/confirmation.hpp"

#include <gmock/gmock.h>

namespace otatool::delivery {
namespace {

using ::testing::HasSubstr;
using Millis = Confirmation::Millis;
using State = Sight::State;

constexpr Millis kLimit{60'000};

Sight up(const std::string& version, const std::string& build = {}) {
  return {State::Up, {version, build}};
}

/// The outcome of looks half a second apart; the last one repeats.
Confirmation::Outcome after(const std::vector<Sight>& sights,
                            const Identity& before,
                            const ImageIdentity& image = {},
                            Millis* ended = nullptr) {
  Confirmation confirmation(before, image, kLimit);
  for (std::size_t i = 0;; ++i) {
    const Millis now = Millis(500) * static_cast<int>(i + 1);
    if (auto outcome = confirmation.next(sights[std::min(i, sights.size() - 1)], now)) {
      if (ended != nullptr) {
        *ended = now;
      }
      return *outcome;
    }
    EXPECT_LT(now, kLimit) << "it does not end";
    if (now >= kLimit) {
      return {};
    }
  }
}

TEST(Confirmation, ANewVersionConfirmsTheUpdate) {
  const auto outcome = after({up("1.0"), Sight{}, Sight{State::Closed}, up("1.1")}, {"1.0"});
  EXPECT_EQ(outcome.confirmed, true);
  EXPECT_EQ(outcome.restart, Restart::Seen);
  EXPECT_EQ(outcome.now.version, "1.1");
  EXPECT_FALSE(outcome.error);
}

TEST(Confirmation, ARestartWithinOneLookNeedsNoOther) {
  Millis ended{};
  const auto outcome = after({up("1.1")}, {"1.0"}, {}, &ended);
  EXPECT_EQ(outcome.confirmed, true);
  EXPECT_EQ(outcome.restart, Restart::NotSeen);
  EXPECT_EQ(ended, Millis(500));
}

TEST(Confirmation, ADeviceThatDoesNotComeBackIsLost) {
  const auto outcome = after({up("1.0"), Sight{}}, {"1.0"});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code(), Errc::DeviceLost);
  EXPECT_EQ(outcome.error->message(),
            "the device accepted the image, but did not come back within 60 s");
  EXPECT_EQ(outcome.confirmed, std::nullopt);
}

TEST(Confirmation, AClosedPortIsNotBack) {
  const auto outcome = after({Sight{State::Closed}}, {});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code(), Errc::DeviceLost);
  EXPECT_THAT(outcome.error->message(), HasSubstr("nothing listens at its port"));
}

TEST(Confirmation, TheOldVersionAfterTheRestartIsAFailure) {
  const auto outcome = after({Sight{}, up("1.0")}, {"1.0"});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code(), Errc::OldVersion);
  EXPECT_EQ(outcome.error->message(),
            "the device accepted the image, but came back with the old version 1.0");
  EXPECT_EQ(outcome.confirmed, false);
}

TEST(Confirmation, WithoutARestartTheOldVersionStillRuns) {
  Millis ended{};
  const auto outcome = after({up("1.0")}, {"1.0"}, {}, &ended);
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(outcome.error->message(), HasSubstr("did not restart and still runs 1.0"));
  EXPECT_EQ(ended, Confirmation::kLongestUntilRestart);
}

TEST(Confirmation, AnotherBuildOfTheSameVersionIsTheImage) {
  EXPECT_EQ(after({Sight{}, up("1.0", "today")}, {"1.0", "yesterday"}).confirmed, true);
  const auto same = after({Sight{}, up("1.0", "today")}, {"1.0", "today"});
  EXPECT_EQ(same.confirmed, false);
}

TEST(Confirmation, TheVersionOfTheImageMayBeThatOfBefore) {
  const auto outcome = after({Sight{}, up("1.0")}, {"1.0"}, {.version = "1.0"});
  EXPECT_EQ(outcome.confirmed, true);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(after({Sight{}, up("1.0")}, {"1.0"}, {.version = "1.1"}).confirmed, false);
  const ImageIdentity mentions{.mentions = [](std::string_view text) { return text == "1.0"; }};
  const auto unknown = after({Sight{}, up("1.0")}, {"1.0"}, mentions);
  EXPECT_EQ(unknown.confirmed, std::nullopt) << "it may be the same version";
  EXPECT_FALSE(unknown.error);
}

TEST(Confirmation, TheBuildOfTheImageNeedsNoVersion) {
  const ImageIdentity image{.builds = {"abc"}};
  EXPECT_EQ(after({up("", "abc")}, {"", "abc"}, image).confirmed, true);
  EXPECT_EQ(after({up("", "abc")}, {"", "def"}, image).confirmed, true);
  const auto old = after({Sight{}, up("", "def")}, {"", "def"}, image);
  EXPECT_EQ(old.confirmed, false);
  ASSERT_TRUE(old.error);
  EXPECT_THAT(old.error->message(), HasSubstr("came back with the old image"));
}

TEST(Confirmation, TheHashOfAConfigurationIsNoBuildOfTheImage) {
  const ImageIdentity image{.builds = {"0123456789abcdef"},
                            .mentions = [](std::string_view text) { return text == "2026.9"; }};
  const auto same = after({Sight{}, up("2026.9", "abcd")}, {"2026.9", "abcd"}, image);
  EXPECT_EQ(same.confirmed, std::nullopt) << "the configuration may be the same";
  EXPECT_FALSE(same.error);
  EXPECT_EQ(after({Sight{}, up("2026.8", "abcd")}, {"2026.8", "abcd"}, image).confirmed, false);
  EXPECT_EQ(after({Sight{}, up("2026.9", "ffff")}, {"2026.9", "abcd"}, image).confirmed, true);
}

TEST(Confirmation, ADeviceThatTellsNothingIsOnlySeen) {
  Millis ended{};
  const auto restarted = after({Sight{}, up("")}, {}, {}, &ended);
  EXPECT_EQ(restarted.confirmed, std::nullopt);
  EXPECT_EQ(restarted.restart, Restart::Seen);
  EXPECT_FALSE(restarted.error);
  EXPECT_EQ(ended, Millis(1'000));
  const auto steady = after({up("")}, {}, {}, &ended);
  EXPECT_EQ(steady.restart, Restart::NotSeen);
  EXPECT_FALSE(steady.error);
  EXPECT_EQ(ended, Confirmation::kLongestUntilRestart);
}

TEST(Confirmation, ADeviceMayTellItsVersionLater) {
  EXPECT_EQ(after({Sight{}, up(""), up(""), up("1.1")}, {"1.0"}).confirmed, true);
  Millis ended{};
  const auto silent = after({Sight{}, up("")}, {"1.0"}, {}, &ended);
  EXPECT_EQ(silent.confirmed, std::nullopt);
  EXPECT_FALSE(silent.error);
  EXPECT_EQ(ended, Millis(1'000) + Confirmation::kLongestUntilTold);
}

TEST(Confirmation, WithoutAVersionBeforeOnlyTheImageCanConfirm) {
  EXPECT_EQ(after({Sight{}, up("1.1")}, {}).confirmed, std::nullopt);
  EXPECT_EQ(after({Sight{}, up("1.1")}, {}, {.version = "1.1"}).confirmed, true);
}

TEST(Confirmation, AFilesystemChangesNoVersion) {
  const auto outcome = after({Sight{}, up("1.0")}, {"1.0"}, {.filesystem = true});
  EXPECT_EQ(outcome.confirmed, std::nullopt);
  EXPECT_FALSE(outcome.error);
}

TEST(Confirmation, ADeviceThatStaysInItsRescueSystemFailed) {
  Sight rescue = up("1.1(safeboot)");
  rescue.rescue = true;
  const auto stays = after({rescue}, {"1.0"});
  EXPECT_EQ(stays.confirmed, false);
  ASSERT_TRUE(stays.error);
  EXPECT_EQ(stays.error->code(), Errc::OldVersion);
  EXPECT_THAT(stays.error->message(), HasSubstr("rescue system 1.1(safeboot)"));
  EXPECT_EQ(after({rescue, Sight{}, up("1.1")}, {"1.0"}).confirmed, true);
}

}  // namespace
}  // namespace otatool::delivery
