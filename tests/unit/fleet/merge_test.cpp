#include "otatool/fleet/merge.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace otatool::fleet {
namespace {

using ::testing::ElementsAre;

using Kind = Event::Kind;

/// By version alone.
Runs runs_image(Slot /*slot*/,
                const std::string& version,
                const std::string& /*md5*/,
                const Image& image) {
  return version.empty() ? Runs::Unknown : version == image.version ? Runs::Yes : Runs::No;
}

class Merged : public ::testing::Test {
 protected:
  /// Returns the kinds of the events that are kept.
  std::vector<std::string> happens(Kind kind,
                                   std::int64_t time,
                                   const std::string& version = "1.0.0") {
    Event event;
    event.kind = kind;
    event.time = time;
    event.attempt = attempt_;
    event.mac = {7};
    event.version = version;
    event.image = image_;
    std::vector<std::string> kinds;
    for (const History& kept : merge(device_, event, runs_image, now_)) {
      kinds.push_back(kept.kind);
    }
    return kinds;
  }
  [[nodiscard]] const Progress& progress() const { return device_.at(Slot::Sketch); }

  std::uint32_t attempt_ = 0;
  std::shared_ptr<const Image> image_ = std::make_shared<const Image>(
      Image{.rule = "sketch.bin", .version = "2.0.0", .sha256 = "a", .md5 = {}});
  Device device_;
  std::int64_t now_ = 200;
};

TEST_F(Merged, AnUpdateThroughTwoServersIsConfirmed) {
  happens(Kind::Offered, 100);
  happens(Kind::Downloaded, 101);
  // The second server knew no image and could not tell what runs.
  happens(Kind::UpToDate, 105, "2.0.0");
  EXPECT_EQ(device_.state, State::Confirmed);
  EXPECT_TRUE(progress().confirmed);
  EXPECT_EQ(device_.mac, Mac{7});
}

TEST_F(Merged, ClocksThatDifferABitKeepTheOrderOfArrival) {
  happens(Kind::Offered, 100);
  happens(Kind::Downloaded, 102);
  happens(Kind::UpToDate, 101, "2.0.0");
  EXPECT_EQ(device_.state, State::Confirmed);
}

TEST_F(Merged, AClockThatWasSetBackFreezesNoState) {
  happens(Kind::Offered, 3700);
  happens(Kind::Downloaded, 3701);
  now_ = 105;
  happens(Kind::UpToDate, 105, "2.0.0");
  EXPECT_EQ(device_.state, State::Confirmed);
  EXPECT_EQ(device_.seen, 105);
  EXPECT_EQ(device_.version, "2.0.0");
}

TEST_F(Merged, ADownloadThatArrivesAfterTheNextRequestConfirms) {
  happens(Kind::Offered, 100);
  happens(Kind::UpToDate, 105, "2.0.0");
  EXPECT_EQ(device_.state, State::Current);
  EXPECT_THAT(happens(Kind::Downloaded, 101), ElementsAre("downloaded", "confirmed"));
  EXPECT_EQ(device_.state, State::Confirmed);
  EXPECT_TRUE(progress().confirmed);
  EXPECT_EQ(device_.downloads, 1U);
  EXPECT_EQ(device_.seen, 105);
  EXPECT_EQ(device_.version, "2.0.0");
}

TEST_F(Merged, ALateOfferDoesNotUndoAConfirmation) {
  happens(Kind::Offered, 100);
  happens(Kind::Downloaded, 101);
  happens(Kind::UpToDate, 105, "2.0.0");
  const auto old = std::make_shared<const Image>(
      Image{.rule = "sketch.bin", .version = "1.5.0", .sha256 = "b", .md5 = {}});
  image_ = old;
  EXPECT_THAT(happens(Kind::Offered, 90), ElementsAre("offered"));
  EXPECT_THAT(happens(Kind::Downloaded, 91), ElementsAre("downloaded"));
  EXPECT_EQ(device_.state, State::Confirmed);
  EXPECT_EQ(progress().image->version, "2.0.0");
  EXPECT_EQ(progress().downloads, 1U);
  EXPECT_EQ(device_.downloads, 2U);
}

TEST_F(Merged, ALateOfferCountsForADeviceThatHadNone) {
  happens(Kind::Other, 100);
  happens(Kind::Offered, 90);
  ASSERT_TRUE(progress().image);
  EXPECT_FALSE(progress().confirmed);
}

TEST_F(Merged, ALateDownloadWithoutEffectIsCountedAtTheNextRequest) {
  happens(Kind::Offered, 100);
  happens(Kind::Waiting, 105);
  happens(Kind::Downloaded, 101);
  EXPECT_EQ(progress().not_applied, 0U);
  EXPECT_TRUE(progress().pending);
  happens(Kind::Other, 110);
  EXPECT_EQ(progress().not_applied, 1U);
  EXPECT_EQ(device_.state, State::NotApplied);
}

TEST_F(Merged, PollsThatWereNoEventsAreCounted) {
  Event event;
  event.time = 100;
  event.mac = {7};
  event.polls = 4;
  static_cast<void>(merge(device_, event, runs_image, now_));
  event.time = 90;
  static_cast<void>(merge(device_, event, runs_image, now_));
  EXPECT_EQ(device_.requests, 10U);
}

TEST_F(Merged, AfterAResumeAFailureStaysOneOfTheAttemptBefore) {
  happens(Kind::Offered, 100);
  happens(Kind::Downloaded, 101);
  happens(Kind::Other, 105, "1.0.0");
  ASSERT_TRUE(progress().failed());
  attempt_ = 1;
  happens(Kind::Offered, 110);
  EXPECT_TRUE(progress().failed());
  EXPECT_EQ(progress().attempt, 0U);
}

TEST_F(Merged, AnEventOfALaterAttemptForgetsTheFailures) {
  happens(Kind::Offered, 100);
  happens(Kind::Downloaded, 101);
  happens(Kind::Other, 102);
  EXPECT_TRUE(progress().failed());
  Event event;
  event.kind = Kind::Offered;
  event.time = 110;
  event.mac = {7};
  event.version = "1.0.0";
  event.image = image_;
  event.attempt = 2;
  event.retried = 1;
  static_cast<void>(merge(device_, event, runs_image, now_));
  EXPECT_FALSE(progress().failed());
  EXPECT_EQ(progress().attempt, 2U);
}

}  // namespace
}  // namespace otatool::fleet
