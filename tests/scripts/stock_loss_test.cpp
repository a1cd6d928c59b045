#include <string>

#include <gtest/gtest.h>

#include "tests/scripts/stock_scenario.hpp"

namespace otatool::testing {
namespace {

class StockLoss : public ::testing::TestWithParam<Profile> {};

INSTANTIATE_TEST_SUITE_P(Stock, StockLoss, ::testing::ValuesIn(all_profiles()), test_name);

TEST_P(StockLoss, SucceedsIfAnyOneDatagramIsLost) {
  for (const PasswordCase password : {PasswordCase::None, PasswordCase::Right}) {
    SimulationSetup setup = scenario(GetParam(), password, 10'000);
    const std::size_t exchanged = simulate(setup).datagrams;
    ASSERT_EQ(exchanged, password == PasswordCase::None ? 2U : 4U);
    for (std::size_t i = 0; i < exchanged; ++i) {
      SCOPED_TRACE(i);
      setup.network.lost_datagrams = {i};
      const SimulationResult result = simulate(setup);
      expect_updated(result);
      EXPECT_EQ(result.lost_datagrams, 1U);
    }
  }
}

TEST_P(StockLoss, SucceedsIfAnyTwoDatagramsAreLost) {
  for (const PasswordCase password : {PasswordCase::None, PasswordCase::Right}) {
    SimulationSetup setup = scenario(GetParam(), password, 10'000);
    for (std::size_t i = 0; i < 8; ++i) {
      for (std::size_t j = i + 1; j < 8; ++j) {
        SCOPED_TRACE(std::to_string(i) + " and " + std::to_string(j));
        setup.network.lost_datagrams = {i, j};
        expect_updated(simulate(setup));
      }
    }
  }
}

TEST_P(StockLoss, SucceedsFromWaitauthIfAnyOneDatagramIsLost) {
  SimulationSetup setup = scenario(GetParam(), PasswordCase::Right, 10'000);
  setup.device.quirks.waits_for_response = true;
  const std::size_t exchanged = simulate(setup).datagrams;
  for (std::size_t i = 0; i < exchanged; ++i) {
    SCOPED_TRACE(i);
    setup.network.lost_datagrams = {i};
    expect_updated(simulate(setup));
  }
}

TEST_P(StockLoss, SucceedsOrFailsProperlyUnderRandomLoss) {
  constexpr unsigned kSeeds = 60;
  for (const unsigned percent : {5U, 20U, 50U}) {
    unsigned updated = 0;
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
      SCOPED_TRACE(std::to_string(percent) + " %, seed " + std::to_string(seed));
      SimulationSetup setup = scenario(GetParam(), PasswordCase::Right, 10'000);
      setup.network.loss_percent = percent;
      setup.network.seed = seed;
      const SimulationResult result = simulate(setup);
      EXPECT_TRUE(result.violations.empty()) << describe(result);
      EXPECT_EQ(result.device.junk, 0U);
      if (result.succeeded()) {
        expect_updated(result);
        ++updated;
      } else {
        const Errc code = result.code();
        EXPECT_TRUE(code == Errc::NoAnswer || code == Errc::SilentAfterAuth) << describe(result);
      }
    }
    // With every second datagram lost, a success cannot be expected.
    const unsigned wanted = percent <= 5 ? kSeeds : percent <= 20 ? kSeeds * 9 / 10 : 1;
    EXPECT_GE(updated, wanted) << percent << " %";
  }
}

TEST_P(StockLoss, AnInterruptAtAnyTimeLeavesNoDeviceInWaitauth) {
  for (const PasswordCase password : {PasswordCase::None, PasswordCase::Right}) {
    for (const bool waiting : {false, true}) {
      SimulationSetup setup = scenario(GetParam(), password, 20'000);
      setup.device.quirks.waits_for_response = waiting && password == PasswordCase::Right;
      setup.network.delay = Millis(20);
      const Millis whole = simulate(setup).duration;
      for (Millis at{0}; at < whole; at += Millis(11)) {
        SCOPED_TRACE(at.count());
        setup.interrupt_at = at;
        const SimulationResult result = simulate(setup);
        EXPECT_TRUE(result.interrupted);
        expect_orderly(result);
      }
    }
  }
}

}  // namespace
}  // namespace otatool::testing
