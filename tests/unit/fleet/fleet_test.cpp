#include "otatool/fleet/fleet.hpp"

#include <gtest/gtest.h>

namespace otatool::fleet {
namespace {

using Kind = Event::Kind;

PlannedRule rule_of(const std::string& version) {
  PlannedRule rule{.rule = "sketch.bin", .version = version, .plan = {}};
  rule.plan.stages = {10, 100};
  return rule;
}

class FleetTable : public ::testing::Test {
 protected:
  void happens(std::uint64_t mac, Kind kind, Runs runs = Runs::Unknown, std::int64_t time = 100) {
    Event event;
    event.kind = kind;
    event.time = time;
    event.mac = {mac};
    event.version = "1.0.0";
    event.image =
        fleet_.shared({.rule = "sketch.bin", .version = "2.0.0", .sha256 = "a", .md5 = {}});
    event.runs = runs;
    fleet_.apply(event);
  }
  void fails(std::uint64_t mac) {
    happens(mac, Kind::Offered, Runs::No);
    happens(mac, Kind::Downloaded);
    happens(mac, Kind::Other, Runs::No);
  }
  [[nodiscard]] const Rollout& rollout() const { return *fleet_.rollout("sketch.bin"); }

  Fleet fleet_{3};
};

TEST_F(FleetTable, UnknownDevicesBeyondTheLimitAreCounted) {
  for (std::uint64_t mac = 1; mac <= 5; ++mac) {
    happens(mac, Kind::UpToDate);
  }
  EXPECT_EQ(fleet_.size(), 3U);
  EXPECT_EQ(fleet_.not_kept(), 2U);
  EXPECT_EQ(fleet_.device({5}), nullptr);
}

TEST_F(FleetTable, ARequestThatShowsNoStateMakesNoDevice) {
  happens(1, Kind::Other);
  EXPECT_EQ(fleet_.size(), 0U);
  happens(1, Kind::UpToDate);
  happens(1, Kind::Other);
  EXPECT_EQ(fleet_.device({1})->requests, 2U);
}

TEST_F(FleetTable, OfTooManyStoredDevicesTheLatestAreKept) {
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  const auto image =
      fleet_.shared({.rule = "sketch.bin", .version = "2.0.0", .sha256 = "a", .md5 = {}});
  for (std::uint64_t mac = 1; mac <= 5; ++mac) {
    Device device;
    device.mac = {mac};
    device.seen = static_cast<std::int64_t>(mac == 1 ? 900 : 100 + mac);
    device.at(Slot::Sketch).image = image;
    fleet_.restore(std::move(device));
  }
  fleet_.forget_excess();
  EXPECT_EQ(fleet_.size(), 3U);
  EXPECT_EQ(fleet_.not_kept(), 2U);
  EXPECT_NE(fleet_.device({1}), nullptr);
  EXPECT_EQ(fleet_.device({2}), nullptr);
  EXPECT_EQ(fleet_.device({3}), nullptr);
  EXPECT_EQ(fleet_.tally(rollout()).offered, 3U);
  EXPECT_TRUE(fleet_.take_changes(9).removed.empty());
}

TEST_F(FleetTable, DevicesThatWereNotSeenAreForgotten) {
  happens(1, Kind::UpToDate, Runs::Unknown, 100);
  happens(2, Kind::Offered, Runs::Unknown, 100);
  happens(2, Kind::Downloaded, Runs::Unknown, 100);
  happens(3, Kind::UpToDate, Runs::Unknown, 200);
  static_cast<void>(fleet_.take_changes(100));
  fleet_.forget_unseen(150);
  EXPECT_EQ(fleet_.size(), 1U);
  const Changes changes = fleet_.take_changes(100);
  EXPECT_EQ(changes.removed, (std::vector<Mac>{{1}, {2}}));
  EXPECT_EQ(changes.removed_before, 150);
}

TEST_F(FleetTable, APollIsWrittenOnceAMinute) {
  happens(1, Kind::UpToDate);
  EXPECT_EQ(fleet_.take_changes(100).devices.size(), 1U);
  happens(1, Kind::UpToDate, Runs::Unknown, 159);
  EXPECT_TRUE(fleet_.take_changes(100).empty());
  happens(1, Kind::UpToDate, Runs::Unknown, 160);
  EXPECT_EQ(fleet_.take_changes(100).devices.size(), 1U);
}

TEST_F(FleetTable, AConfirmationIsWrittenAlsoIfTheStateStays) {
  happens(1, Kind::Offered, Runs::No);
  happens(1, Kind::Downloaded);
  static_cast<void>(fleet_.take_changes(100));
  happens(1, Kind::Other, Runs::Yes);
  EXPECT_EQ(fleet_.device({1})->state, State::Downloaded);
  ASSERT_EQ(fleet_.take_changes(100).devices.size(), 1U);
  happens(1, Kind::Other, Runs::Yes);
  EXPECT_TRUE(fleet_.take_changes(100).empty());
}

TEST_F(FleetTable, ChangesComeInPiecesAndOnce) {
  for (std::uint64_t mac = 1; mac <= 3; ++mac) {
    happens(mac, Kind::UpToDate);
  }
  EXPECT_EQ(fleet_.take_changes(2).devices.size(), 2U);
  EXPECT_EQ(fleet_.take_changes(2).devices.size(), 1U);
  EXPECT_TRUE(fleet_.take_changes(2).empty());
  fleet_.mark_all_changed();
  EXPECT_EQ(fleet_.take_changes(9).devices.size(), 3U);
}

TEST_F(FleetTable, TheDeviceThatWaitsLongestIsWrittenFirst) {
  const auto taken = [this] {
    std::vector<std::uint64_t> macs;
    for (const Device& device : fleet_.take_changes(2).devices) {
      macs.push_back(device.mac.number);
    }
    return macs;
  };
  for (std::uint64_t mac = 1; mac <= 3; ++mac) {
    happens(mac, Kind::UpToDate);
  }
  happens(1, Kind::Offered);
  EXPECT_EQ(taken(), (std::vector<std::uint64_t>{1, 2}));
  happens(1, Kind::Downloaded);
  EXPECT_EQ(taken(), (std::vector<std::uint64_t>{3, 1}));
}

TEST_F(FleetTable, HistoryThatNobodyWritesIsBounded) {
  for (std::size_t i = 0; i < Fleet::kMostHistory; ++i) {
    happens(1, Kind::Offered);
  }
  EXPECT_EQ(fleet_.lost_events(), 0U);
  happens(1, Kind::Offered);
  EXPECT_EQ(fleet_.lost_events(), 1U);
  EXPECT_EQ(fleet_.take_changes(1).history.size(), Fleet::kMostHistory);
}

TEST_F(FleetTable, AVersionKeepsItsRolloutAndANewOneStarts) {
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  fails(1);
  fails(2);
  EXPECT_EQ(rollout().phase, Phase::Running);
  fails(3);
  EXPECT_EQ(rollout().phase, Phase::Halted);
  fleet_.set_rules({}, 100);
  EXPECT_EQ(fleet_.rollout("sketch.bin"), nullptr);
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  EXPECT_EQ(rollout().phase, Phase::Halted);
  fleet_.set_rules({rule_of("3.0.0")}, 100);
  EXPECT_EQ(rollout().phase, Phase::Running);
  EXPECT_EQ(fleet_.tally(rollout()), Tally());
}

TEST_F(FleetTable, ARetryFromOutsideForgetsTheFailures) {
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  for (std::uint64_t mac = 1; mac <= 3; ++mac) {
    fails(mac);
  }
  static_cast<void>(fleet_.take_changes(9));
  Rollout outside = rollout();
  ASSERT_TRUE(retry(outside, 200));
  outside.revision = 7;
  fleet_.adopt(outside);
  EXPECT_EQ(rollout().phase, Phase::Running);
  EXPECT_EQ(rollout().revision, 7U);
  EXPECT_EQ(fleet_.tally(rollout()).failed, 0U);
  EXPECT_EQ(fleet_.take_changes(9).devices.size(), 3U);
}

TEST_F(FleetTable, AfterAResumeEachNewFailureCounts) {
  Fleet large(20);
  std::swap(fleet_, large);
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  for (std::uint64_t mac = 1; mac <= 3; ++mac) {
    fails(mac);
  }
  ASSERT_EQ(rollout().phase, Phase::Halted);
  const RolloutChange resume{
      .rule = "sketch.bin", .version = "2.0.0", .action = Action::Resume, .user = "ann"};
  ASSERT_TRUE(fleet_.change(resume));
  // Devices recover while others fail.
  for (std::uint64_t mac = 1; mac <= 3; ++mac) {
    EXPECT_EQ(rollout().phase, Phase::Running);
    happens(mac, Kind::Offered, Runs::No);
    fails(10 + mac);
    happens(mac, Kind::UpToDate, Runs::Yes);
  }
  EXPECT_EQ(rollout().phase, Phase::Halted);
  EXPECT_EQ(rollout().reason, "3 of 3 devices that downloaded it failed");
}

TEST_F(FleetTable, EveryWriteRaisesTheRevision) {
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  const Changes changes = fleet_.take_changes(9);
  ASSERT_EQ(changes.rollouts.size(), 1U);
  EXPECT_EQ(changes.rollouts[0].revision, 0U);
  EXPECT_EQ(rollout().revision, 1U);
}

RolloutChange pause_of(const std::string& version) {
  return {.rule = "sketch.bin", .version = version, .action = Action::Pause, .user = "ann"};
}

TEST_F(FleetTable, PeopleChangeTheActiveRollout) {
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  static_cast<void>(fleet_.take_changes(100));
  ASSERT_TRUE(fleet_.change(pause_of("2.0.0")));
  EXPECT_EQ(rollout().phase, Phase::Paused);
  EXPECT_EQ(rollout().reason, "by ann");
  ASSERT_TRUE(fleet_.change(pause_of("2.0.0")));
  const Changes changes = fleet_.take_changes(100);
  ASSERT_EQ(changes.rollouts.size(), 1U);
  ASSERT_EQ(changes.history.size(), 1U);
  EXPECT_EQ(changes.history[0].kind, "pause");
  EXPECT_EQ(changes.history[0].from, "running");
  EXPECT_EQ(changes.history[0].to, "paused");
  EXPECT_EQ(changes.history[0].user, "ann");
  EXPECT_EQ(fleet_.change(pause_of("1.0.0")).error().code(), Errc::Usage);
  EXPECT_EQ(fleet_.change({.rule = "x", .version = "2.0.0"}).error().code(), Errc::NotFound);
  RolloutChange advance = pause_of("2.0.0");
  advance.action = Action::Advance;
  EXPECT_EQ(fleet_.change(advance).error().code(), Errc::Usage);
}

TEST_F(FleetTable, ARetryForgetsFailures) {
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  fails(1);
  EXPECT_EQ(fleet_.tally(rollout()).failed, 1U);
  RolloutChange retry = pause_of("2.0.0");
  retry.action = Action::Retry;
  ASSERT_TRUE(fleet_.change(retry));
  EXPECT_EQ(fleet_.tally(rollout()).failed, 0U);
}

TEST_F(FleetTable, AChangeOfAPersonSurvivesAnotherWriter) {
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  static_cast<void>(fleet_.take_changes(100));
  Rollout stored = rollout();
  ASSERT_TRUE(fleet_.change(pause_of("2.0.0")));
  static_cast<void>(fleet_.take_changes(100));
  stored.percent = 100;
  stored.revision = 7;
  fleet_.adopt(stored);  // another server wrote first, so the store did not take the pause
  EXPECT_EQ(rollout().phase, Phase::Paused);
  EXPECT_EQ(rollout().percent, 100U);
  const Changes again = fleet_.take_changes(100);
  ASSERT_EQ(again.rollouts.size(), 1U);
  EXPECT_EQ(again.rollouts[0].revision, 7U);
  EXPECT_TRUE(again.history.empty());

  // Once it is written, somebody else may resume.
  static_cast<void>(fleet_.take_changes(100));
  stored.revision = 9;
  fleet_.adopt_if_newer(stored);
  EXPECT_EQ(rollout().phase, Phase::Running);
  fleet_.adopt(stored);
  EXPECT_EQ(rollout().phase, Phase::Running);

  // What is not written yet is not lost.
  ASSERT_TRUE(fleet_.change(pause_of("2.0.0")));
  stored.revision = 20;
  fleet_.adopt_if_newer(stored);
  EXPECT_EQ(rollout().phase, Phase::Paused);
  fleet_.adopt(stored);
  EXPECT_EQ(rollout().phase, Phase::Paused);
}

TEST_F(FleetTable, AStepToTheNextStageSurvivesThePauseOfAnotherWriter) {
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  static_cast<void>(fleet_.take_changes(100));
  Rollout stored = rollout();
  RolloutChange advance = pause_of("2.0.0");
  advance.action = Action::Advance;
  ASSERT_TRUE(fleet_.change(advance));
  ASSERT_EQ(rollout().percent, 100U);
  static_cast<void>(fleet_.take_changes(100));
  ASSERT_TRUE(pause(stored, 200));
  stored.reason = "by bob";
  stored.revision = 7;
  fleet_.adopt(stored);
  EXPECT_EQ(rollout().phase, Phase::Paused);
  EXPECT_EQ(rollout().reason, "by bob");
  EXPECT_EQ(rollout().percent, 100U);
  EXPECT_EQ(fleet_.take_changes(100).rollouts.size(), 1U);

  // After the last stage, a step would end the rollout and so undo the pause.
  static_cast<void>(fleet_.take_changes(100));
  static_cast<void>(fleet_.take_changes(100));
  Rollout running = rollout();
  ASSERT_TRUE(resume(running, Tally(), 300));
  running.revision = 20;
  fleet_.adopt(running);
  ASSERT_TRUE(fleet_.change(advance));
  ASSERT_EQ(rollout().phase, Phase::Complete);
  stored.percent = 100;
  stored.revision = 30;
  fleet_.adopt(stored);
  EXPECT_EQ(rollout().phase, Phase::Paused);
  EXPECT_EQ(rollout().percent, 100U);
}

TEST_F(FleetTable, WithOtherServersAWiderStageIsWrittenFirst) {
  fleet_.share();
  fleet_.set_rules({rule_of("2.0.0")}, 100);
  static_cast<void>(fleet_.take_changes(100));
  RolloutChange advance = pause_of("2.0.0");
  advance.action = Action::Advance;
  ASSERT_TRUE(fleet_.change(advance));
  EXPECT_EQ(rollout().percent, 10U);
  const Changes changes = fleet_.take_changes(100);
  ASSERT_EQ(changes.rollouts.size(), 1U);
  EXPECT_EQ(changes.rollouts[0].percent, 100U);
  fleet_.on_written(changes.rollouts[0]);
  EXPECT_EQ(rollout().percent, 100U);
}

}  // namespace
}  // namespace otatool::fleet
