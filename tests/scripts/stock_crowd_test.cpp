// Uploads whose datagrams meet others: copies of themselves, slow ones, those of another host, and
// a device that is busy with another update.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scripts/stock_scenario.hpp"

namespace otatool::testing {
namespace {

using ::testing::HasSubstr;

/// Stock devices, and receivers that answer each invitation with a new nonce.
std::vector<SimulationSetup> all_setups(PasswordCase password) {
  std::vector<SimulationSetup> setups;
  for (const Profile& profile : all_profiles()) {
    for (const bool swallows : {true, false}) {
      setups.push_back(scenario(profile, password, 10'000));
      setups.back().device.quirks.swallows_in_waitauth = swallows;
    }
  }
  return setups;
}

std::string trace_of(const SimulationSetup& setup) {
  return std::string(setup.device.profile.name) +
         (setup.device.quirks.swallows_in_waitauth ? "" : ", answers each invitation") +
         ", delay " + std::to_string(setup.network.delay.count()) + " ms, second copy after " +
         std::to_string(setup.network.second_copy.count()) + " ms";
}

TEST(StockCrowd, UploadsIfAnyOneDatagramArrivesTwice) {
  for (SimulationSetup setup : all_setups(PasswordCase::Right)) {
    for (const int later : {0, 3, 30, 700, 2'000, 5'000}) {
      setup.network.second_copy = Millis(later);
      SCOPED_TRACE(trace_of(setup));
      for (std::size_t index = 0; index < 6; ++index) {
        SCOPED_TRACE(index);
        setup.network.doubled_datagrams = {index};
        expect_updated(simulate(setup));
      }
    }
  }
}

TEST(StockCrowd, UploadsIfEveryDatagramArrivesTwice) {
  for (SimulationSetup setup : all_setups(PasswordCase::Right)) {
    if (setup.device.quirks.swallows_in_waitauth) {
      continue;  // the copy of each invitation withdraws the challenge
    }
    setup.network.doubles_all = true;
    SCOPED_TRACE(trace_of(setup));
    expect_updated(simulate(setup));
  }
}

TEST(StockCrowd, ReportsAWrongPasswordIfDatagramsArriveTwice) {
  for (SimulationSetup setup : all_setups(PasswordCase::Wrong)) {
    SCOPED_TRACE(trace_of(setup));
    for (std::size_t index = 0; index < 6; ++index) {
      SCOPED_TRACE(index);
      setup.network.doubled_datagrams = {index};
      expect_failure(simulate(setup), Errc::PasswordRefused);
    }
  }
}

TEST(StockCrowd, UploadsOverASlowPath) {
  for (SimulationSetup setup : all_setups(PasswordCase::Right)) {
    const bool esp8266 = setup.device.profile.lineage == Lineage::Esp8266;
    // An ESP32 waits 3 s for its connection, and closes it if no data arrive within a second.
    for (int delay = 700; delay <= (esp8266 ? 1'900 : 1'300); delay += 300) {
      setup.network.delay = Millis(delay);
      SCOPED_TRACE(trace_of(setup));
      const SimulationResult result = simulate(setup);
      if (esp8266) {
        expect_updated(result);
      } else {
        EXPECT_EQ(result.device.connections, 1U) << describe(result);
      }
    }
  }
}

void expect_password_not_refused(const std::optional<Error>& error) {
  EXPECT_FALSE(error && error->code() == Errc::PasswordRefused) << error->message();
}

TEST(StockCrowd, NeverCallsARightPasswordWrongBecauseOfAnotherHost) {
  for (const Profile& profile : all_profiles()) {
    SimulationSetup setup = scenario(profile, PasswordCase::Right, 10'000);
    setup.rival = setup.plan;
    setup.rival->host_port = kHostPort + 1;
    for (const int delay : {2, 60, 300}) {
      for (const int loop : {1, 700, 3'000}) {
        setup.network.delay = Millis(delay);
        setup.device.quirks.loop_delay = Millis(loop);
        for (int start = 0; start <= 9'000; start += start < 300 ? 10 : 500) {
          setup.rival_at = Millis(start);
          SCOPED_TRACE(trace_of(setup) + ", the other host starts at " + std::to_string(start));
          const SimulationResult result = simulate(setup);
          EXPECT_TRUE(result.violations.empty()) << describe(result);
          expect_password_not_refused(result.error);
          expect_password_not_refused(result.rival_error);
        }
      }
    }
  }
}

TEST(StockCrowd, WaitsForTheEndOfAnotherUpdate) {
  for (const Profile& profile : {Profile::esp8266_2_7(), Profile::esp8266_3_x()}) {
    for (const PasswordCase password : {PasswordCase::None, PasswordCase::Right}) {
      SCOPED_TRACE(profile.name);
      SimulationSetup setup = scenario(profile, password, 10'000);
      setup.device.quirks.busy_until = Millis(200'000);
      const SimulationResult at_once = simulate(setup);
      expect_failure(at_once, Errc::DeviceRefused);
      EXPECT_LE(at_once.duration, Millis(1'000));

      setup.plan.persistent = true;
      setup.plan.timing.invitation = Millis(300'000);
      const SimulationResult waited = simulate(setup);
      expect_updated(waited);
      EXPECT_GE(waited.duration, Millis(200'000));

      setup.plan.timing.invitation = Millis(100'000);
      const SimulationResult too_short = simulate(setup);
      expect_failure(too_short, Errc::DeviceRefused);
      EXPECT_GE(too_short.duration, Millis(100'000));
      EXPECT_LE(too_short.duration, Millis(115'000));
      EXPECT_THAT(too_short.error->message(), HasSubstr("ERROR[15]: Update already running"));
    }
  }
}

}  // namespace
}  // namespace otatool::testing
