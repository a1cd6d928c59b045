#include <limits>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "tests/scripts/stock_scenario.hpp"

namespace otatool::testing {
namespace {

constexpr std::size_t kWholeImage = 409'600;

class EveryProfile : public ::testing::TestWithParam<Profile> {};

INSTANTIATE_TEST_SUITE_P(Stock, EveryProfile, ::testing::ValuesIn(all_profiles()), test_name);

struct Way {
  bool lockstep;
  Millis delay;
  bool lower_memory;
};

std::vector<Way> all_ways() {
  std::vector<Way> ways;
  for (const bool lockstep : {false, true}) {
    for (const int delay : {0, 20, 150}) {
      for (const bool lower_memory : {false, true}) {
        ways.push_back({lockstep, Millis(delay), lower_memory});
      }
    }
  }
  return ways;
}

SimulationSetup scenario_for(const Profile& profile, PasswordCase password, const Way& way) {
  SimulationSetup setup = scenario(way.lower_memory ? profile.lower_memory() : profile, password);
  setup.plan.lockstep = way.lockstep;
  setup.network.delay = way.delay;
  return setup;
}

std::string trace_of(const Way& way) {
  return std::string(way.lockstep ? "lock-step" : "streaming") + ", delay " +
         std::to_string(way.delay.count()) + " ms" + (way.lower_memory ? ", MSS 536" : "");
}

TEST_P(EveryProfile, AcceptsAnImageWithoutPassword) {
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(trace_of(way));
    const SimulationResult result = simulate(scenario_for(GetParam(), PasswordCase::None, way));
    expect_updated(result);
    EXPECT_EQ(result.auth, wire::AuthHash::None);
    EXPECT_EQ(result.datagrams, 2U);
  }
}

TEST_P(EveryProfile, AcceptsAnImageWithItsPassword) {
  const bool sha256 = GetParam().challenge == ChallengeKind::Sha256;
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(trace_of(way));
    const SimulationResult result = simulate(scenario_for(GetParam(), PasswordCase::Right, way));
    expect_updated(result);
    EXPECT_EQ(result.auth, sha256 ? wire::AuthHash::Sha256 : wire::AuthHash::Md5);
    EXPECT_EQ(result.datagrams, 4U);
    EXPECT_EQ(result.device.refusals, 0U);
  }
}

TEST_P(EveryProfile, RefusesAWrongPassword) {
  const bool sha256 = GetParam().challenge == ChallengeKind::Sha256;
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(trace_of(way));
    const SimulationResult result = simulate(scenario_for(GetParam(), PasswordCase::Wrong, way));
    expect_failure(result, Errc::PasswordRefused);
    EXPECT_EQ(result.device.connections, 0U);
    // The second refusal is for the MD5 form.
    EXPECT_EQ(result.device.refusals, sha256 ? 2U : 1U);
  }
}

TEST_P(EveryProfile, ReportsAMissingPassword) {
  SimulationSetup setup = scenario(GetParam());
  setup.device.password = kPassword;
  expect_failure(simulate(setup), Errc::PasswordNeeded);
}

TEST_P(EveryProfile, ReceivesTheFirstBytesWithin100Milliseconds) {
  for (const Way& way : all_ways()) {
    SCOPED_TRACE(trace_of(way));
    const SimulationResult result = simulate(scenario_for(GetParam(), PasswordCase::Right, way));
    ASSERT_TRUE(result.transfer.first_data.has_value());
    EXPECT_LE(*result.transfer.first_data, 2 * way.delay + Millis(100));
  }
}

TEST_P(EveryProfile, ReceivesOneChunkAtATimeInLockstep) {
  SimulationSetup setup = scenario(GetParam());
  setup.plan.lockstep = true;
  const SimulationResult result = simulate(setup);
  expect_updated(result);
  EXPECT_LE(result.most_unanswered, 1460U);
  EXPECT_LE(result.transfer.largest_count, 1460U);
}

TEST_P(EveryProfile, AcceptsFilesystemImages) {
  SimulationSetup setup = scenario(GetParam(), PasswordCase::Right);
  setup.plan.command = wire::Command::Filesystem;
  setup.image[0] = '\0';
  setup.plan.image_md5 = md5_text(setup.image);
  expect_updated(simulate(setup));
}

TEST_P(EveryProfile, AcceptsImagesOfUnalignedSizes) {
  for (const std::size_t size : {1U, 2U, 535U, 536U, 1459U, 1460U, 1461U, 4095U, 4096U, 4097U}) {
    SCOPED_TRACE(size);
    for (const bool lockstep : {false, true}) {
      SimulationSetup setup = scenario(GetParam(), PasswordCase::None, size);
      setup.plan.lockstep = lockstep;
      expect_updated(simulate(setup));
    }
  }
}

TEST_P(EveryProfile, AnswersOneOfTheTwoDefaultPorts) {
  for (const bool icmp : {true, false}) {
    SimulationSetup setup = scenario(GetParam(), PasswordCase::Right);
    setup.plan.device_ports = {wire::kEsp8266Port, wire::kEsp32Port};
    setup.network.icmp = icmp;
    expect_updated(simulate(setup));
  }
}

TEST_P(EveryProfile, TheLimitOfUnansweredBytesCostsNoSpeed) {
  for (const int delay : {0, 2, 5, 20, 150}) {
    for (const int flash : {0, 56}) {
      SCOPED_TRACE(std::to_string(delay) + " ms, flash " + std::to_string(flash) + " ms");
      SimulationSetup setup = scenario(GetParam(), PasswordCase::None, kWholeImage);
      setup.network.delay = Millis(delay);
      setup.device.quirks.flash_sector = Millis(flash);
      const SimulationResult limited = simulate(setup);
      setup.plan.unanswered_limit = std::numeric_limits<std::size_t>::max();
      const SimulationResult unlimited = simulate(setup);
      expect_updated(limited);
      expect_updated(unlimited);
      EXPECT_LE(limited.duration, unlimited.duration * 105 / 100 + Millis(10));
    }
  }
}

TEST_P(EveryProfile, IsThreeTimesFasterThanLockstepOnASlowLink) {
  SimulationSetup setup = scenario(GetParam(), PasswordCase::None, kWholeImage);
  setup.network.delay = Millis(20);
  const SimulationResult streaming = simulate(setup);
  setup.plan.lockstep = true;
  const SimulationResult lockstep = simulate(setup);
  expect_updated(streaming);
  expect_updated(lockstep);
  EXPECT_GE(lockstep.duration, 3 * streaming.duration);
}

TEST(Stock, TheLimitLetsTheReadLoopOfAnEsp8266Return) {
  SimulationSetup setup = scenario(Profile::esp8266_3_x(), PasswordCase::None, kWholeImage);
  setup.network.delay = Millis(0);
  const SimulationResult limited = simulate(setup);
  expect_updated(limited);
  EXPECT_LE(limited.most_unanswered, setup.plan.unanswered_limit + 1460);
  EXPECT_LE(limited.transfer.largest_count, setup.plan.unanswered_limit + 1460);
  EXPECT_GE(limited.transfer.counts, 6U);

  setup.plan.unanswered_limit = std::numeric_limits<std::size_t>::max();
  const SimulationResult unlimited = simulate(setup);
  expect_updated(unlimited);
  EXPECT_EQ(unlimited.transfer.largest_count, kWholeImage);
}

TEST(Stock, OnlyAnEsp8266AcceptsAGzipPackage) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile);
    setup.image[0] = '\x1F';
    setup.plan.image_md5 = md5_text(setup.image);
    const SimulationResult result = simulate(setup);
    if (profile.lineage == Lineage::Esp8266) {
      expect_updated(result);
    } else {
      expect_failure(result, Errc::DeviceReported);
    }
  }
}

}  // namespace
}  // namespace otatool::testing
