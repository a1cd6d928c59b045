#include "otatool/fleet/rollout.hpp"

#include <gtest/gtest.h>

namespace otatool::fleet {
namespace {

Rollout rollout_of(std::vector<unsigned> stages) {
  StagePlan plan;
  plan.stages = std::move(stages);
  plan.stage_time = 100;
  return start("sketch.bin", "2.0.0", plan, 1000);
}

TEST(RolloutStages, WidenAfterTheirTimeIfEnoughConfirmed) {
  Rollout rollout = rollout_of({10, 100});
  const Tally poor{.offered = 10, .downloaded = 10, .confirmed = 7, .failed = 0, .waiting = 5};
  const Tally good{.offered = 10, .downloaded = 10, .confirmed = 8, .failed = 0, .waiting = 5};
  EXPECT_EQ(step(rollout, good, 1050), Step::Nothing);
  EXPECT_EQ(step(rollout, poor, 1100), Step::Nothing);
  EXPECT_EQ(rollout.percent, 10U);
  EXPECT_EQ(step(rollout, good, 1100), Step::Advanced);
  EXPECT_EQ(rollout.percent, 100U);
  EXPECT_EQ(rollout.elapsed, 0);
  EXPECT_EQ(step(rollout, good, 1150), Step::Nothing);
  EXPECT_EQ(step(rollout, good, 1200), Step::Completed);
  EXPECT_EQ(rollout.phase, Phase::Complete);
  EXPECT_EQ(admit(rollout, 99), Admission::In);
}

TEST(RolloutStages, AStageWithoutDevicesNeedsOneThatWaits) {
  Rollout rollout = rollout_of({1, 100});
  rollout.elapsed = 100;
  EXPECT_EQ(step(rollout, Tally{}, 1000), Step::Nothing);
  Tally tally;
  tally.waiting = 1;
  EXPECT_EQ(step(rollout, tally, 1000), Step::Advanced);
}

TEST(RolloutStages, AClockThatIsSetDoesNotShortenAStage) {
  Rollout rollout = rollout_of({1, 100});
  Tally tally;
  tally.waiting = 1;
  EXPECT_EQ(step(rollout, tally, 1'000'000), Step::Nothing);
  EXPECT_EQ(rollout.elapsed, kLongestStep);
  EXPECT_EQ(step(rollout, tally, 5), Step::Nothing);
  EXPECT_EQ(rollout.elapsed, kLongestStep);
  EXPECT_EQ(step(rollout, tally, 45), Step::Advanced);
}

TEST(RolloutStages, AdmitPlacesBelowTheirShare) {
  Rollout rollout = rollout_of({10, 100});
  EXPECT_EQ(admit(rollout, 9), Admission::In);
  EXPECT_EQ(admit(rollout, 10), Admission::NotYet);
  ASSERT_TRUE(pause(rollout, 1));
  EXPECT_EQ(admit(rollout, 9), Admission::Paused);
}

TEST(RolloutHalt, NeedsThreeDevicesAndTheShare) {
  Rollout rollout = rollout_of({10, 100});
  EXPECT_FALSE(must_halt(rollout, {.offered = 2, .downloaded = 2, .failed = 2}));
  EXPECT_TRUE(must_halt(rollout, {.offered = 60, .downloaded = 60, .failed = 3}));
  EXPECT_FALSE(must_halt(rollout, {.offered = 61, .downloaded = 61, .failed = 3}));
  EXPECT_EQ(step(rollout, {.offered = 4, .downloaded = 4, .failed = 3}, 1001), Step::Halted);
  EXPECT_EQ(rollout.reason, "3 of 4 devices that downloaded it failed");
  EXPECT_EQ(admit(rollout, 0), Admission::Halted);
  // It never continues by itself.
  EXPECT_EQ(step(rollout, {.offered = 4, .downloaded = 4, .confirmed = 4}, 2000), Step::Nothing);
  EXPECT_EQ(rollout.phase, Phase::Halted);
}

TEST(RolloutHalt, AlsoEndsACompleteRollout) {
  Rollout rollout = rollout_of({100});
  rollout.phase = Phase::Complete;
  EXPECT_EQ(step(rollout, {.offered = 4, .downloaded = 4, .failed = 3}, 1001), Step::Halted);
}

TEST(RolloutActions, ResumeExcusesTheFailuresSoFar) {
  Rollout rollout = rollout_of({10, 100});
  Tally tally{.offered = 10, .downloaded = 10, .failed = 3};
  ASSERT_EQ(step(rollout, tally, 1001), Step::Halted);
  EXPECT_FALSE(pause(rollout, 1002));
  EXPECT_FALSE(advance(rollout, 1002));
  ASSERT_TRUE(resume(rollout, tally, 1002));
  EXPECT_EQ(rollout.phase, Phase::Running);
  EXPECT_EQ(rollout.reason, "");
  EXPECT_EQ(rollout.attempt, 1U);
  EXPECT_EQ(rollout.retried, 0U);
  tally.excused = 3;
  EXPECT_EQ(step(rollout, tally, 1003), Step::Nothing);
  tally.downloaded = 13;
  tally.failed = 6;
  EXPECT_EQ(step(rollout, tally, 1004), Step::Halted);
  EXPECT_EQ(rollout.reason, "3 of 3 devices that downloaded it failed");
}

TEST(RolloutActions, RetryBeginsANewAttempt) {
  Rollout rollout = rollout_of({10, 100});
  ASSERT_EQ(step(rollout, {.offered = 4, .downloaded = 4, .failed = 3}, 1001), Step::Halted);
  ASSERT_TRUE(retry(rollout, 1002));
  EXPECT_EQ(rollout.phase, Phase::Running);
  EXPECT_EQ(rollout.attempt, 1U);
  EXPECT_EQ(rollout.retried, 1U);
}

TEST(RolloutActions, AdvanceWidensToTheEnd) {
  Rollout rollout = rollout_of({10, 100});
  ASSERT_TRUE(advance(rollout, 1));
  EXPECT_EQ(rollout.percent, 100U);
  ASSERT_TRUE(advance(rollout, 1));
  EXPECT_EQ(rollout.phase, Phase::Complete);
  EXPECT_FALSE(advance(rollout, 1));
  EXPECT_FALSE(pause(rollout, 1));
  EXPECT_FALSE(resume(rollout, {}, 1));
}

TEST(RolloutActions, PauseAndResumeKeepStageAndTime) {
  Rollout rollout = rollout_of({10, 100});
  rollout.elapsed = 42;
  ASSERT_TRUE(pause(rollout, 1));
  ASSERT_TRUE(pause(rollout, 2));
  EXPECT_EQ(rollout.changed, 1);
  EXPECT_EQ(step(rollout, {.waiting = 1}, 5000), Step::Nothing);
  ASSERT_TRUE(resume(rollout, {}, 3));
  EXPECT_EQ(rollout.percent, 10U);
  EXPECT_EQ(rollout.elapsed, 42);
}

TEST(RolloutPhases, HaveWords) {
  for (const char* word : {"running", "paused", "halted", "complete"}) {
    ASSERT_TRUE(parse_phase(word));
    EXPECT_EQ(to_string(*parse_phase(word)), word);
  }
  EXPECT_FALSE(parse_phase("done"));
}

}  // namespace
}  // namespace otatool::fleet
