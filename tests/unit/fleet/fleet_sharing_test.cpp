#include <gtest/gtest.h>

#include "otatool/fleet/fleet.hpp"

namespace otatool::fleet {
namespace {

using Kind = Event::Kind;

class SharingFleet : public ::testing::Test {
 protected:
  SharingFleet() { fleet_.share(); }

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
  /// The device as another server left it.
  [[nodiscard]] static Device failed_device(std::uint64_t mac) {
    Device device;
    device.mac = {mac};
    device.state = State::NotApplied;
    device.seen = 200;
    Progress& progress = device.at(Slot::Sketch);
    progress.image = std::make_shared<const Image>(
        Image{.rule = "sketch.bin", .version = "2.0.0", .sha256 = "a", .md5 = {}});
    progress.downloads = 1;
    progress.not_applied = 1;
    return device;
  }
  void plan() {
    PlannedRule rule{.rule = "sketch.bin", .version = "2.0.0", .plan = {}};
    rule.plan.stages = {10, 100};
    fleet_.set_rules({rule}, 100);
  }
  /// Three devices that other servers saw.
  void fail_three(std::uint64_t first = 1) {
    for (std::uint64_t mac = first; mac < first + 3; ++mac) {
      Device device = failed_device(mac);
      device.at(Slot::Sketch).attempt = rollout().attempt;
      fleet_.adopt(std::move(device));
    }
    fleet_.step(200);
  }
  [[nodiscard]] const Rollout& rollout() const { return *fleet_.rollout("sketch.bin"); }

  Fleet fleet_{6};
};

TEST_F(SharingFleet, CountsEventsThatAreLostAndAdoptsTheirDevicesAgain) {
  happens(1, Kind::Offered);
  ASSERT_EQ(fleet_.take_events(9).size(), 1U);
  fleet_.on_lost({Mac{1}});
  EXPECT_EQ(fleet_.lost_events(), 1U);
  fleet_.adopt(failed_device(1));
  EXPECT_EQ(fleet_.device(Mac{1})->state, State::NotApplied);
}

TEST_F(SharingFleet, GivesEventsThatChangeSomethingAndCountsTheOthers) {
  happens(1, Kind::UpToDate);
  happens(1, Kind::UpToDate, Runs::Unknown, 101);
  happens(1, Kind::UpToDate, Runs::Unknown, 102);
  happens(1, Kind::Offered, Runs::Unknown, 103);
  const auto events = fleet_.take_events(9);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].polls, 0U);
  EXPECT_EQ(events[1].kind, Kind::Offered);
  EXPECT_EQ(events[1].polls, 2U);
  EXPECT_TRUE(fleet_.take_changes(9).empty());
}

TEST_F(SharingFleet, GivesEventsInPieces) {
  for (std::uint64_t mac = 1; mac <= 3; ++mac) {
    happens(mac, Kind::Offered);
  }
  EXPECT_EQ(fleet_.take_events(2).size(), 2U);
  EXPECT_EQ(fleet_.take_events(2).front().mac, Mac{3});
  EXPECT_TRUE(fleet_.take_events(2).empty());
}

TEST_F(SharingFleet, AdoptsADeviceOnceItsOwnEventsAreMerged) {
  happens(1, Kind::Offered);
  happens(1, Kind::Downloaded);
  fleet_.adopt(failed_device(1));
  EXPECT_EQ(fleet_.device({1})->state, State::Downloaded);
  fleet_.on_merged({1}, 1);
  fleet_.adopt(failed_device(1));
  EXPECT_EQ(fleet_.device({1})->state, State::Downloaded);
  fleet_.on_merged({1}, 1);
  fleet_.adopt(failed_device(1));
  EXPECT_EQ(fleet_.device({1})->state, State::NotApplied);
}

TEST_F(SharingFleet, AdoptsNoMoreDevicesThanTheLimit) {
  for (std::uint64_t mac = 1; mac <= 9; ++mac) {
    fleet_.adopt(failed_device(mac));
  }
  EXPECT_EQ(fleet_.size(), 6U);
  EXPECT_EQ(fleet_.not_kept(), 0U);
}

// The leader may serve other rules.
TEST_F(SharingFleet, EveryServerHaltsByWhatAllServersSaw) {
  plan();
  fleet_.set_authority(Authority::HaltOnly);
  fail_three();
  EXPECT_EQ(fleet_.tally(rollout()).failed, 3U);
  EXPECT_EQ(rollout().phase, Phase::Halted);
}

TEST_F(SharingFleet, AHaltStaysWhenAnotherServerHasWrittenTheRollout) {
  plan();
  Rollout stored = rollout();
  fail_three();
  static_cast<void>(fleet_.take_changes(9));
  stored.revision = 7;
  stored.elapsed = 70;
  stored.changed = 900;
  fleet_.adopt(stored);
  EXPECT_EQ(rollout().phase, Phase::Halted);
  EXPECT_EQ(rollout().reason, "3 of 3 devices that downloaded it failed");
  const Changes changes = fleet_.take_changes(9);
  ASSERT_EQ(changes.rollouts.size(), 1U);
  EXPECT_EQ(changes.rollouts[0].phase, Phase::Halted);
  EXPECT_EQ(changes.rollouts[0].revision, 7U);
  EXPECT_TRUE(changes.history.empty());
  stored.revision = 9;
  stored.phase = Phase::Complete;
  fleet_.adopt_if_newer(stored);
  EXPECT_EQ(rollout().phase, Phase::Halted);
}

TEST_F(SharingFleet, AHaltEndsWhenAPersonContinuesTheRolloutAtAnotherServer) {
  plan();
  fail_three();
  for (const bool retries : {false, true}) {
    ASSERT_EQ(rollout().phase, Phase::Halted);
    Rollout stored = rollout();
    ASSERT_TRUE(retries ? retry(stored, 300) : resume(stored, fleet_.tally(stored), 300));
    stored.revision = rollout().revision + 2;
    fleet_.adopt_if_newer(stored);
    EXPECT_EQ(rollout().phase, Phase::Running);
    fail_three(4);
  }
}

TEST_F(SharingFleet, ARuleOfThisFolderStaysActiveWhenAnotherServerLacksIt) {
  plan();
  static_cast<void>(fleet_.take_changes(9));
  Rollout stored = rollout();
  stored.revision = 7;
  stored.active = false;
  fleet_.adopt_if_newer(stored);
  const Changes changes = fleet_.take_changes(9);
  ASSERT_EQ(changes.rollouts.size(), 1U);
  EXPECT_TRUE(changes.rollouts[0].active);
  EXPECT_EQ(changes.rollouts[0].revision, 7U);
  // The other server does not answer that.
  Fleet other(5);
  other.share();
  other.restore(stored);
  other.set_rules({}, 100);
  Rollout again = changes.rollouts[0];
  ++again.revision;
  other.adopt_if_newer(again);
  EXPECT_TRUE(other.take_changes(9).rollouts.empty());
}

TEST_F(SharingFleet, WithoutADatabaseNothingWidensButItHalts) {
  plan();
  fleet_.set_authority(Authority::HaltOnly);
  happens(1, Kind::Offered);
  happens(1, Kind::Downloaded);
  happens(1, Kind::UpToDate, Runs::Yes);
  for (std::int64_t time = 200; time < 200 + 100 * kLongestStep; time += kLongestStep) {
    fleet_.step(time);
  }
  EXPECT_EQ(rollout().percent, 10U);
  for (std::uint64_t mac = 2; mac <= 4; ++mac) {
    happens(mac, Kind::Offered, Runs::No);
    happens(mac, Kind::Downloaded);
    happens(mac, Kind::Other, Runs::No);
  }
  EXPECT_EQ(rollout().phase, Phase::Halted);
}

TEST_F(SharingFleet, ANewLeaderDoesNotCountTheTimeBefore) {
  plan();
  fleet_.set_authority(Authority::HaltOnly);
  fleet_.step(10'000);
  fleet_.set_authority(Authority::Full);
  fleet_.step(20'000);
  EXPECT_EQ(rollout().elapsed, 0);
  fleet_.step(20'030);
  EXPECT_EQ(rollout().elapsed, 30);
}

TEST_F(SharingFleet, AWiderStageIsInForceOnceItIsWritten) {
  plan();
  static_cast<void>(fleet_.take_changes(9));
  happens(1, Kind::Offered);
  happens(1, Kind::Downloaded);
  happens(1, Kind::UpToDate, Runs::Yes);
  std::int64_t time = 200;
  Changes changes;
  const auto widens = [](const Changes& taken) {
    return !taken.rollouts.empty() && taken.rollouts[0].percent == 100;
  };
  for (; !widens(changes) && time < 20'000; time += kLongestStep) {
    fleet_.step(time);
    changes = fleet_.take_changes(9);
  }
  ASSERT_TRUE(widens(changes));
  EXPECT_EQ(rollout().percent, 10U);
  fleet_.step(time);
  EXPECT_EQ(rollout().percent, 10U);
  EXPECT_TRUE(fleet_.take_changes(9).empty());
  Rollout written = changes.rollouts[0];
  ++written.revision;
  fleet_.on_written(written);
  EXPECT_EQ(rollout().percent, 100U);
  EXPECT_EQ(rollout().revision, written.revision);
}

TEST_F(SharingFleet, AFailureBeforeAWiderStageIsWrittenHalts) {
  plan();
  happens(1, Kind::Offered);
  happens(1, Kind::Downloaded);
  happens(1, Kind::UpToDate, Runs::Yes);
  for (std::int64_t time = 200; time < 20'000; time += kLongestStep) {
    fleet_.step(time);
  }
  Rollout proposed = fleet_.take_changes(9).rollouts.at(0);
  ASSERT_EQ(proposed.percent, 100U);
  for (std::uint64_t mac = 2; mac <= 4; ++mac) {
    happens(mac, Kind::Offered, Runs::No);
    happens(mac, Kind::Downloaded);
    happens(mac, Kind::Other, Runs::No);
  }
  EXPECT_EQ(rollout().phase, Phase::Halted);
  ++proposed.revision;
  fleet_.on_written(proposed);
  EXPECT_EQ(rollout().phase, Phase::Halted);
  const Changes after = fleet_.take_changes(9);
  ASSERT_EQ(after.rollouts.size(), 1U);
  EXPECT_EQ(after.rollouts[0].phase, Phase::Halted);
  EXPECT_EQ(after.rollouts[0].revision, proposed.revision);
  // Others may have offered the wider stage.
  EXPECT_EQ(after.rollouts[0].percent, 100U);
}

TEST_F(SharingFleet, AStageThatIsNotWrittenYetOutlivesAPause) {
  plan();
  const auto change = [this](Action action) {
    return fleet_.change(
        {.rule = "sketch.bin", .version = "2.0.0", .action = action, .user = "ann"});
  };
  ASSERT_TRUE(change(Action::Advance));
  EXPECT_EQ(rollout().percent, 10U);
  ASSERT_TRUE(change(Action::Pause));
  EXPECT_EQ(rollout().phase, Phase::Paused);
  const Changes changes = fleet_.take_changes(9);
  ASSERT_EQ(changes.rollouts.size(), 1U);
  EXPECT_EQ(changes.rollouts[0].phase, Phase::Paused);
  EXPECT_EQ(changes.rollouts[0].percent, 100U);
  ASSERT_TRUE(change(Action::Resume));
  EXPECT_EQ(rollout().percent, 100U);
}

TEST_F(SharingFleet, AStageThatIsNotWrittenYetOutlivesThePauseOfAnotherServer) {
  plan();
  Rollout stored = rollout();
  ASSERT_TRUE(fleet_.change(
      {.rule = "sketch.bin", .version = "2.0.0", .action = Action::Advance, .user = "ann"}));
  static_cast<void>(fleet_.take_changes(9));
  ASSERT_TRUE(pause(stored, 200));
  stored.revision = 7;
  fleet_.adopt(stored);
  EXPECT_EQ(rollout().phase, Phase::Paused);
  EXPECT_EQ(rollout().percent, 100U);
  const Changes changes = fleet_.take_changes(9);
  ASSERT_EQ(changes.rollouts.size(), 1U);
  EXPECT_EQ(changes.rollouts[0].percent, 100U);
}

TEST_F(SharingFleet, ARetryForgetsTheFailuresOfAnAdoptedDevice) {
  plan();
  Rollout outside = rollout();
  ASSERT_TRUE(retry(outside, 200));
  outside.revision = 7;
  fleet_.adopt(outside);
  happens(1, Kind::UpToDate);
  fleet_.on_merged({1}, 1);
  fleet_.adopt(failed_device(1));
  fleet_.adopt(failed_device(2));
  EXPECT_EQ(fleet_.tally(rollout()).failed, 0U);
}

}  // namespace
}  // namespace otatool::fleet
