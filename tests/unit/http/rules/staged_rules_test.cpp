// The decisions of rules whose versions go out in stages.
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/http/rules/update_rules_fixture.hpp"

namespace otatool::http {
namespace {

/// Rules with stages, and a fleet that knows their rollouts.
class StagedRules : public UpdateRules {
 protected:
  StagedRules() {
    fleet::StagePlan plan;
    plan.stages = {30, 100};
    ManifestRule& rule = add(firmware(), "2.0.0");
    rule.name = "sketch.bin";
    rule.plan = plan;
    auto old = firmware();
    old->running_md5 = std::string(32, 'b');
    add(old, "1.0.0");
    fleet_.set_rules({{.rule = "sketch.bin", .version = "2.0.0", .plan = plan}}, 1000);
  }
  [[nodiscard]] DeviceRequest at_place(unsigned place, bool below) const {
    DeviceRequest device = esp8266("1.0.0");
    for (unsigned number = 0; true; ++number) {
      device.station_mac = to_string(fleet::Mac{number});
      if ((rollout_place(device, "2.0.0") < place) == below) {
        return device;
      }
    }
  }
  [[nodiscard]] Decision decided(const DeviceRequest& device) const {
    return decide(device, "", catalogue_, &fleet_);
  }
  void set_phase(fleet::Phase phase) {
    fleet::Rollout rollout = *fleet_.rollout("sketch.bin");
    rollout.phase = phase;
    fleet_.adopt(rollout);
  }

  fleet::Fleet fleet_{100};
};

TEST_F(StagedRules, GiveTheVersionToTheirStage) {
  const Decision inside = decided(at_place(30, true));
  EXPECT_EQ(inside.verdict, Verdict::Send);
  EXPECT_EQ(inside.version, "2.0.0");
  EXPECT_EQ(inside.rollout, "sketch.bin");
  EXPECT_FALSE(inside.waits);
}

TEST_F(StagedRules, LetOthersWaitWithWhatTheNextRuleSays) {
  const Decision outside = decided(at_place(30, false));
  EXPECT_EQ(outside.verdict, Verdict::UpToDate);
  EXPECT_EQ(outside.version, "1.0.0");
  EXPECT_TRUE(outside.waits);
  EXPECT_EQ(outside.waits_rule, "sketch.bin");
  EXPECT_EQ(outside.reason, "not yet in the rollout");
  // Whoever runs the version already waits for nothing.
  DeviceRequest ahead = at_place(30, false);
  ahead.version = "2.0.0";
  EXPECT_FALSE(decided(ahead).waits);
}

TEST_F(StagedRules, APausedOrHaltedRolloutGivesNothing) {
  for (const fleet::Phase phase : {fleet::Phase::Paused, fleet::Phase::Halted}) {
    set_phase(phase);
    const Decision decision = decided(at_place(30, true));
    EXPECT_EQ(decision.verdict, Verdict::UpToDate);
    EXPECT_TRUE(decision.waits);
    EXPECT_EQ(decision.reason, "the rollout is " + std::string(to_string(phase)));
    // Not even to devices that must not stay below a minimum.
    catalogue_.rules[0].manifest.minimum = "1.5.0";
    EXPECT_EQ(decided(at_place(30, true)).verdict, Verdict::UpToDate);
    catalogue_.rules[0].manifest.minimum.clear();
  }
}

TEST_F(StagedRules, ADeviceBelowTheMinimumIsInEveryStage) {
  catalogue_.rules[0].manifest.minimum = "1.5.0";
  EXPECT_EQ(decided(at_place(30, false)).verdict, Verdict::Send);
}

TEST_F(StagedRules, WithoutAKnownRolloutTheFirstStageApplies) {
  EXPECT_EQ(decide(at_place(30, true), "", catalogue_).version, "2.0.0");
  EXPECT_EQ(decide(at_place(30, false), "", catalogue_).version, "1.0.0");
}

TEST_F(StagedRules, ADeviceOnWhichTheImageHasNoEffectIsBlocked) {
  const DeviceRequest device = at_place(30, true);
  fleet::Event event;
  event.mac = *fleet::parse_mac(device.station_mac);
  event.time = 1000;
  event.image = fleet_.shared({.rule = "sketch.bin", .version = "2.0.0", .sha256 = "", .md5 = ""});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(decided(device).verdict, Verdict::Send);
    for (const auto kind : {fleet::Event::Kind::Offered, fleet::Event::Kind::Downloaded}) {
      event.kind = kind;
      event.runs = runs_image(device, *event.image);
      fleet_.apply(event);
    }
  }
  EXPECT_EQ(decided(device).verdict, Verdict::Blocked);
  fleet_.step(1000 + 6 * 3600);
  EXPECT_EQ(decided(device).verdict, Verdict::Send);
}

}  // namespace
}  // namespace otatool::http
