#include "otatool/fleet/device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::fleet {
namespace {

using Kind = Event::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const Image> image_of(const std::string& sha256, const std::string& rule = {}) {
  return std::make_shared<const Image>(
      Image{.rule = rule, .version = "2", .sha256 = sha256, .md5 = {}});
}

class DeviceStates : public ::testing::Test {
 protected:
  std::vector<std::string> happens(Kind kind,
                                   const std::shared_ptr<const Image>& image,
                                   Runs runs = Runs::Unknown) {
    Event event;
    event.kind = kind;
    event.time = ++time_;
    event.image = image;
    event.runs = runs;
    event.waits = waits_;
    event.waits_rule = waits_ ? "rule" : "";
    event.bytes = 7;
    std::vector<std::string> kinds;
    for (const History& each : apply(device_, event, 0)) {
      kinds.push_back(each.kind);
    }
    return kinds;
  }
  /// A device that runs another image asks, gets this one, and acknowledges it.
  void download(const std::shared_ptr<const Image>& image) {
    happens(Kind::Offered, image, Runs::No);
    happens(Kind::Downloaded, image);
  }
  [[nodiscard]] const Progress& progress() const { return device_.at(Slot::Sketch); }

  Device device_;
  std::int64_t time_ = 100;
  bool waits_ = false;
  const std::shared_ptr<const Image> first_ = image_of("a");
  const std::shared_ptr<const Image> second_ = image_of("b");
};

TEST(DeviceWords, AreThoseOfTheSpecification) {
  for (const char* word : {"current",
                           "waiting",
                           "offered",
                           "downloaded",
                           "confirmed",
                           "not-applied",
                           "interrupted",
                           "refused"}) {
    const auto state = parse_state(word);
    ASSERT_TRUE(state) << word;
    EXPECT_EQ(to_string(*state), word);
  }
  EXPECT_FALSE(parse_state("done"));
}

TEST(DeviceMac, IsReadAndWritten) {
  const auto mac = parse_mac("5C:CF:7F:01:02:03");
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac->number, 0x5CCF7F010203U);
  EXPECT_EQ(to_string(*mac), "5C:CF:7F:01:02:03");
  EXPECT_FALSE(parse_mac("5C:CF:7F:01:02"));
  EXPECT_FALSE(parse_mac("5C-CF-7F-01-02-03"));
  EXPECT_FALSE(parse_mac("5C:CF:7F:01:02:0G"));
}

TEST_F(DeviceStates, ADownloadIsConfirmedByTheNextRequest) {
  EXPECT_THAT(happens(Kind::Offered, first_, Runs::No), ElementsAre("offered"));
  EXPECT_EQ(device_.state, State::Offered);
  EXPECT_THAT(happens(Kind::Downloaded, first_), ElementsAre("downloaded"));
  EXPECT_EQ(device_.state, State::Downloaded);
  EXPECT_THAT(happens(Kind::UpToDate, first_, Runs::Yes), ElementsAre("confirmed"));
  EXPECT_EQ(device_.state, State::Confirmed);
  EXPECT_EQ(device_.state_since, time_);
  EXPECT_THAT(happens(Kind::UpToDate, first_, Runs::Yes), IsEmpty());
  EXPECT_EQ(device_.state_since, time_ - 1);
  EXPECT_EQ(device_.requests, 3U);
}

TEST_F(DeviceStates, ADeviceThatNeedsNothingIsCurrent) {
  EXPECT_THAT(happens(Kind::UpToDate, first_), ElementsAre("current"));
  EXPECT_EQ(device_.state, State::Current);
}

TEST_F(DeviceStates, EachDownloadWithoutEffectCountsOnce) {
  for (unsigned count = 0; count < 5; ++count) {
    download(first_);
    EXPECT_EQ(progress().not_applied, count);
  }
  EXPECT_EQ(device_.state, State::NotApplied);
  EXPECT_THAT(happens(Kind::Blocked, first_, Runs::No), ElementsAre("not-applied"));
  EXPECT_EQ(progress().not_applied, 5U);
  EXPECT_THAT(happens(Kind::Blocked, first_, Runs::No), IsEmpty());
  EXPECT_EQ(progress().not_applied, 5U);
  EXPECT_EQ(device_.state, State::NotApplied);
}

TEST_F(DeviceStates, AnotherImageOrALateSuccessEndsTheFailure) {
  download(first_);
  download(first_);
  EXPECT_EQ(device_.state, State::NotApplied);
  download(second_);
  EXPECT_EQ(device_.state, State::Downloaded);
  download(second_);
  happens(Kind::UpToDate, second_, Runs::Yes);
  EXPECT_EQ(device_.state, State::Confirmed);
  EXPECT_EQ(progress().not_applied, 0U);
}

TEST_F(DeviceStates, ADeviceThatCannotBeJudgedNeverFails) {
  happens(Kind::Offered, first_);
  happens(Kind::Downloaded, first_);
  happens(Kind::Offered, first_);
  happens(Kind::Downloaded, first_);
  EXPECT_EQ(device_.state, State::Downloaded);
  EXPECT_FALSE(progress().failed());
  EXPECT_THAT(happens(Kind::Blocked, first_), IsEmpty());
  EXPECT_EQ(device_.state, State::Downloaded);
}

TEST_F(DeviceStates, ADeviceThatGoesBackIsNotApplied) {
  download(first_);
  happens(Kind::UpToDate, first_, Runs::Yes);
  happens(Kind::Offered, first_, Runs::No);
  EXPECT_EQ(device_.state, State::NotApplied);
  EXPECT_FALSE(progress().confirmed);
}

TEST_F(DeviceStates, AFailedDeviceThatIsGivenItsOwnVersionIsCurrent) {
  download(first_);
  EXPECT_THAT(happens(Kind::UpToDate, second_, Runs::No), ElementsAre("current"));
  EXPECT_FALSE(progress().failed());
}

TEST_F(DeviceStates, AnotherVersionThanTheDownloadedOneIsNoConfirmation) {
  download(first_);
  EXPECT_THAT(happens(Kind::UpToDate, first_, Runs::No), ElementsAre("current"));
  EXPECT_FALSE(progress().confirmed);
  EXPECT_FALSE(progress().failed());
}

TEST_F(DeviceStates, WhileItsRolloutStandsAFailedDeviceStaysNotApplied) {
  const auto staged = image_of("a", "rule");
  download(staged);
  waits_ = true;
  EXPECT_THAT(happens(Kind::UpToDate, second_, Runs::No), ElementsAre("not-applied"));
  EXPECT_EQ(device_.state, State::NotApplied);
  EXPECT_TRUE(progress().failed());
}

TEST_F(DeviceStates, AnIncompleteDownloadIsInterruptedWithItsBytes) {
  happens(Kind::Offered, first_, Runs::No);
  EXPECT_THAT(happens(Kind::Interrupted, first_), ElementsAre("interrupted"));
  EXPECT_EQ(device_.state, State::Interrupted);
  EXPECT_EQ(device_.reason, "broke off after 7 bytes");
  download(first_);
  EXPECT_EQ(device_.state, State::Downloaded);
}

TEST_F(DeviceStates, APartIsNoDownload) {
  happens(Kind::Offered, first_, Runs::No);
  happens(Kind::Part, first_);
  EXPECT_EQ(device_.state, State::Offered);
  happens(Kind::Offered, first_, Runs::No);
  EXPECT_FALSE(progress().failed());
}

TEST_F(DeviceStates, ARefusalAfterADownloadIsAFailure) {
  happens(Kind::Refused, nullptr);
  EXPECT_EQ(device_.state, State::Refused);
  EXPECT_FALSE(progress().failed());
  happens(Kind::Offered, first_);
  happens(Kind::Downloaded, first_);
  happens(Kind::Refused, nullptr);
  EXPECT_TRUE(progress().failed());
}

TEST_F(DeviceStates, WaitingAndOtherRequests) {
  waits_ = true;
  happens(Kind::Waiting, nullptr);
  EXPECT_EQ(device_.state, State::Waiting);
  EXPECT_EQ(device_.waits_rule, "rule");
  waits_ = false;
  happens(Kind::Other, nullptr);
  EXPECT_EQ(device_.state, State::Waiting);
}

TEST(DeviceAttempts, AreLimitedForATime) {
  Progress progress;
  progress.image = image_of("a");
  progress.downloads = 3;
  progress.not_applied = 3;
  progress.downloaded = 1000;
  const AttemptLimit limit{.attempts = 3, .retry_after = 100};
  EXPECT_TRUE(is_blocked(progress, Runs::Unknown, "a", limit, 1000));
  EXPECT_TRUE(is_blocked(progress, Runs::Unknown, "a", limit, 1099));
  EXPECT_FALSE(is_blocked(progress, Runs::Unknown, "a", limit, 1100));
  EXPECT_FALSE(is_blocked(progress, Runs::Unknown, "b", limit, 1000));
  // The clock was set back.
  EXPECT_FALSE(is_blocked(progress, Runs::Unknown, "a", limit, 10));
  progress.not_applied = 2;
  EXPECT_FALSE(is_blocked(progress, Runs::No, "a", limit, 1000));
  progress.pending = true;
  EXPECT_FALSE(is_blocked(progress, Runs::Yes, "a", limit, 1000));
  EXPECT_TRUE(is_blocked(progress, Runs::No, "a", limit, 1000));
  progress.not_applied = 4;
  progress.pending = false;
  forget_failures(progress);
  EXPECT_FALSE(is_blocked(progress, Runs::No, "a", limit, 1000));
}

TEST(DeviceAttempts, CountDownloadsThatCannotBeJudged) {
  Progress progress;
  progress.image = image_of("a");
  progress.downloads = 2;
  progress.downloaded = 1000;
  const AttemptLimit limit{.attempts = 3, .retry_after = 100};
  EXPECT_FALSE(is_blocked(progress, Runs::Unknown, "a", limit, 1000));
  progress.downloads = 3;
  EXPECT_TRUE(is_blocked(progress, Runs::Unknown, "a", limit, 1099));
  EXPECT_FALSE(is_blocked(progress, Runs::Unknown, "a", limit, 1100));
  EXPECT_FALSE(is_blocked(progress, Runs::Yes, "a", limit, 1000));
  EXPECT_FALSE(is_blocked(progress, Runs::No, "a", limit, 1000));
}

}  // namespace
}  // namespace otatool::fleet
