// The error code of each failure with a stock device.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scripts/stock_scenario.hpp"

namespace otatool::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<Profile> esp8266_profiles() {
  return {Profile::esp8266_2_3(), Profile::esp8266_2_7(), Profile::esp8266_3_x()};
}
std::vector<Profile> esp32_profiles() {
  return {Profile::esp32_2_x(), Profile::esp32_3_0(), Profile::esp32_3_3()};
}

std::string message(const SimulationResult& result) {
  return result.error ? result.error->message() : "success";
}

TEST(StockFailure, NoAnswer) {
  SimulationSetup setup = scenario(Profile::esp8266_3_x());
  setup.network.presence = Presence::Silent;
  const SimulationResult result = simulate(setup);
  expect_failure(result, Errc::NoAnswer);
  EXPECT_GE(result.duration, setup.plan.timing.invitation);
  EXPECT_LE(result.duration, setup.plan.timing.invitation + Millis(1'000));
  EXPECT_THAT(message(result), HasSubstr("8266"));
}

TEST(StockFailure, ClosedPort) {
  SimulationSetup setup = scenario(Profile::esp32_3_0());
  setup.network.presence = Presence::PortClosed;
  const SimulationResult one = simulate(setup);
  expect_failure(one, Errc::PortClosed);
  EXPECT_LE(one.duration, Millis(100));
  setup.plan.device_ports = {wire::kEsp8266Port, wire::kEsp32Port};
  const SimulationResult both = simulate(setup);
  expect_failure(both, Errc::PortClosed);
  EXPECT_THAT(message(both), AllOf(HasSubstr("8266"), HasSubstr("3232")));
}

TEST(StockFailure, DeviceWithTheOtherChip) {
  SimulationSetup setup = scenario(Profile::esp8266_3_x());
  setup.plan.device_ports = {wire::kEsp32Port};
  expect_failure(simulate(setup), Errc::PortClosed);
  setup.network.icmp = false;
  expect_failure(simulate(setup), Errc::NoAnswer);
}

TEST(StockFailure, UnreachableHost) {
  SimulationSetup setup = scenario(Profile::esp8266_3_x());
  setup.network.presence = Presence::NoHost;
  expect_failure(simulate(setup), Errc::HostUnreachable);
}

TEST(StockFailure, WaitOptionIgnoresAClosedPort) {
  for (const Presence presence : {Presence::PortClosed, Presence::NoHost}) {
    SimulationSetup setup = scenario(Profile::esp8266_3_x());
    setup.network.presence = presence;
    setup.plan.persistent = true;
    const SimulationResult result = simulate(setup);
    expect_orderly(result);
    EXPECT_GE(result.duration, setup.plan.timing.invitation);
  }
}

TEST(StockFailure, NoHandleAfterTheChallenge) {
  for (const Profile& profile : esp8266_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile, PasswordCase::Right);
    setup.device.quirks.never_handles = true;
    const SimulationResult result = simulate(setup);
    EXPECT_TRUE(result.violations.empty()) << describe(result);
    // Core 2.3 sends its OK without handle() and then never connects.
    EXPECT_EQ(result.code(),
              profile.ok_from_callback ? Errc::NoConnectionBack : Errc::SilentAfterAuth)
        << describe(result);
  }
}

TEST(StockFailure, AnEsp32WithoutHandleDoesNotAnswer) {
  for (const Profile& profile : esp32_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile, PasswordCase::Right);
    setup.device.quirks.never_handles = true;
    expect_failure(simulate(setup), Errc::NoAnswer);
  }
}

TEST(StockFailure, FirewallBeforeTheListener) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    for (const PasswordCase password : {PasswordCase::None, PasswordCase::Right}) {
      SimulationSetup setup = scenario(profile, password);
      setup.network.blocks_connections = true;
      const SimulationResult result = simulate(setup);
      expect_failure(result, Errc::NoConnectionBack);
      EXPECT_THAT(message(result), AllOf(HasSubstr("192.0.2.1"), HasSubstr("45678")));
    }
  }
}

TEST(StockFailure, NoConnection) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile);
    setup.device.quirks.never_connects = true;
    expect_failure(simulate(setup), Errc::NoConnectionBack);
  }
}

TEST(StockFailure, OnlyAConnectionFromAnotherAddress) {
  SimulationSetup setup = scenario(Profile::esp32_3_3(), PasswordCase::Right);
  setup.device.quirks.stranger_first = true;
  setup.device.quirks.never_connects = true;
  const SimulationResult result = simulate(setup);
  expect_failure(result, Errc::OnlyStrangers);
  EXPECT_THAT(message(result), HasSubstr("192.0.2.99"));
}

TEST(StockFailure, AnImageTooLargeIsRefusedWithOrWithoutAMessage) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    for (const PasswordCase password : {PasswordCase::None, PasswordCase::Right}) {
      SimulationSetup setup = scenario(profile, password);
      setup.device.partition_size = setup.image.size() - 1;
      const SimulationResult result = simulate(setup);
      if (profile.ok_before_begin) {
        expect_failure(result, Errc::NoConnectionBack);
        EXPECT_THAT(message(result), HasSubstr("40000 bytes"));
      } else {
        expect_failure(result, Errc::DeviceRefused);
        EXPECT_THAT(message(result), ::testing::EndsWith("ERROR[4]: Not Enough Space"));
      }
    }
  }
}

TEST(StockFailure, DeviceStopsReading) {
  for (const Profile& profile : all_profiles()) {
    for (const bool lockstep : {false, true}) {
      SCOPED_TRACE(profile.name);
      SimulationSetup setup = scenario(profile);
      setup.plan.lockstep = lockstep;
      setup.device.quirks.stalls_at = 12'345;
      const SimulationResult result = simulate(setup);
      EXPECT_TRUE(result.violations.empty()) << describe(result);
      EXPECT_EQ(result.code(), Errc::Stalled) << describe(result);
      EXPECT_GE(result.duration, setup.plan.timing.stall);
      EXPECT_LE(result.duration, setup.plan.timing.stall + Millis(2'000));
    }
  }
}

TEST(StockFailure, DeviceVanishesDuringTheTransfer) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile);
    setup.plan.lockstep = true;
    setup.device.quirks.vanishes_at = Disappearance{20'000, false};
    expect_failure(simulate(setup), Errc::ConnectionClosed);
    setup.device.quirks.vanishes_at = Disappearance{20'000, true};
    expect_failure(simulate(setup), Errc::ConnectionReset);
    setup.plan.lockstep = false;
    const SimulationResult streaming = simulate(setup);
    expect_failure(streaming, Errc::ConnectionReset);
    EXPECT_GT(streaming.outstanding, 0U);
  }
}

TEST(StockFailure, VerdictLostInTheRestart) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    for (const bool lockstep : {false, true}) {
      SimulationSetup setup = scenario(profile, PasswordCase::Right);
      setup.plan.lockstep = lockstep;
      setup.device.quirks.loses_verdict = true;
      const SimulationResult result = simulate(setup);
      expect_orderly(result);
      EXPECT_EQ(result.code(), Errc::VerdictLost) << describe(result);
      EXPECT_EQ(result.state, DeviceState::Restarted);
    }
  }
}

TEST(StockFailure, DeviceReportsADamagedImage) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile);
    setup.plan.image_md5 = std::string(32, '0');
    const SimulationResult result = simulate(setup);
    expect_failure(result, Errc::DeviceReported);
    EXPECT_THAT(message(result), HasSubstr("MD5"));
  }
}

TEST(StockFailure, WrongFirstByte) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile);
    setup.image[0] = 'M';
    setup.plan.image_md5 = md5_text(setup.image);
    const SimulationResult result = simulate(setup);
    expect_failure(result, Errc::DeviceReported);
    EXPECT_THAT(message(result), HasSubstr(std::string(profile.bad_magic)));
    const bool at_the_end = profile.lineage == Lineage::Esp8266;
    EXPECT_EQ(result.image_right, at_the_end);
    setup.device.quirks.decrypts = true;
    EXPECT_THAT(message(simulate(setup)),
                HasSubstr(at_the_end ? std::string(profile.bad_magic) : "Decryption error"));
  }
}

TEST(StockFailure, ChallengeThatMustNotBeAnswered) {
  SimulationSetup md5 = scenario(Profile::esp32_3_0(), PasswordCase::Right);
  md5.plan.auth.require_sha256 = true;
  expect_failure(simulate(md5), Errc::WeakChallenge);
  EXPECT_EQ(simulate(md5).auth, wire::AuthHash::None);
  for (const std::size_t length : {0U, 1U, 31U, 33U, 40U, 63U, 65U, 128U}) {
    SCOPED_TRACE(length);
    SimulationSetup odd = scenario(Profile::esp8266_3_x(), PasswordCase::Right);
    odd.device.quirks.nonce_length = length;
    expect_failure(simulate(odd), Errc::UnknownChallenge);
  }
}

}  // namespace
}  // namespace otatool::testing
