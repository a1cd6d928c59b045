#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scripts/stock_scenario.hpp"

namespace otatool::testing {
namespace {

using ::testing::HasSubstr;

/// Runs every profile with the quirks that `change` sets, with and without password, streaming and
/// in lockstep.
template <typename Change, typename Check>
void for_each_scenario(Change change, Check check) {
  for (const Profile& profile : all_profiles()) {
    for (const PasswordCase password : {PasswordCase::None, PasswordCase::Right}) {
      for (const bool lockstep : {false, true}) {
        SCOPED_TRACE(std::string(profile.name) +
                     (password == PasswordCase::None ? "" : ", password") +
                     (lockstep ? ", lock-step" : ""));
        SimulationSetup setup = scenario(profile, password);
        setup.plan.lockstep = lockstep;
        change(setup);
        check(setup, simulate(setup));
      }
    }
  }
}

template <typename Change>
void expect_updated_in_spite_of(Change change) {
  for_each_scenario(
      [&](SimulationSetup& setup) { change(setup.device.quirks); },
      [](const SimulationSetup&, const SimulationResult& result) { expect_updated(result); });
}

template <typename Change>
void expect_error_in_every_scenario(Errc code, const std::string& text, Change change) {
  for_each_scenario(change, [&](const SimulationSetup&, const SimulationResult& result) {
    expect_failure(result, code);
    EXPECT_THAT(result.error ? result.error->message() : "", HasSubstr(text));
  });
}

TEST(StockQuirks, TreatsAConnectionAsALostOk) {
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.loses_ok = true; });
}

TEST(StockQuirks, UploadsAtTheFirstAttemptToADeviceInWaitauth) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile, PasswordCase::Right);
    setup.device.quirks.waits_for_response = true;
    const SimulationResult result = simulate(setup);
    expect_updated(result);
    EXPECT_EQ(result.device.invitations, 2U);
  }
}

TEST(StockQuirks, UploadsToFirmwareThatAnswersEveryInvitation) {
  for (const Profile& profile : all_profiles()) {
    SimulationSetup setup = scenario(profile, PasswordCase::Right);
    setup.device.quirks.waits_for_response = true;
    setup.device.quirks.swallows_in_waitauth = false;
    expect_updated(simulate(setup));
  }
}

TEST(StockQuirks, UploadsToSlowLoops) {
  for (const int delay : {10, 100, 500, 1'400, 3'000, 6'000}) {
    SCOPED_TRACE(delay);
    expect_updated_in_spite_of([delay](Quirks& quirks) { quirks.loop_delay = Millis(delay); });
  }
}

/// A device that queues datagrams needs three calls of handle(): for the invitation, for the
/// response and for the update. espota.py needs as many.
TEST(StockQuirks, UploadsToASlowSketchInThreeLoops) {
  for (const Profile& profile :
       {Profile::esp32_2_x(), Profile::esp32_3_0(), Profile::esp32_3_3()}) {
    SimulationSetup setup = scenario(profile, PasswordCase::Right, 10'000);
    const Millis fast = simulate(setup).duration;
    for (const int loop : {1, 2'000, 3'500, 5'000, 6'000}) {
      for (const bool chip_known : {true, false}) {
        SCOPED_TRACE(std::string(profile.name) + ", " + std::to_string(loop) + " ms" +
                     (chip_known ? "" : ", unknown chip"));
        setup.device.quirks.loop_delay = Millis(loop);
        setup.plan.device_ports = {profile.udp_port};
        if (!chip_known) {
          setup.plan.device_ports = {8'266, profile.udp_port};
        }
        const SimulationResult result = simulate(setup);
        expect_updated(result);
        EXPECT_LE(result.duration, fast + 3 * Millis(loop));
        EXPECT_EQ(result.device.refusals, 0U);
      }
    }
  }
}

TEST(StockQuirks, ReportsAWrongPasswordOfASlowSketch) {
  for (const Profile& profile : all_profiles()) {
    for (const int loop : {2'000, 6'000}) {
      SCOPED_TRACE(std::string(profile.name) + ", " + std::to_string(loop) + " ms");
      SimulationSetup setup = scenario(profile, PasswordCase::Wrong, 10'000);
      setup.device.quirks.loop_delay = Millis(loop);
      expect_failure(simulate(setup), Errc::PasswordRefused);
    }
  }
}

TEST(StockQuirks, NeverReportsARightPasswordAsWrong) {
  for (const Profile& profile : {Profile::esp32_3_0(), Profile::esp32_3_3()}) {
    for (int loop = 1'000; loop <= 25'000; loop += 1'500) {
      for (const int blocked : {0, 22'000}) {
        SCOPED_TRACE(std::string(profile.name) + ", " + std::to_string(loop) + " ms, blocked for " +
                     std::to_string(blocked) + " ms");
        SimulationSetup setup = scenario(profile, PasswordCase::Right, 10'000);
        setup.device.quirks.loop_delay = Millis(loop);
        setup.device.quirks.blocked_until = Millis(blocked);
        const SimulationResult result = simulate(setup);
        EXPECT_NE(result.code(), Errc::PasswordRefused) << describe(result);
      }
    }
  }
}

TEST(StockQuirks, UploadsToSketchesThatBlockForSeconds) {
  for (const int until : {1'000, 1'600, 2'500, 4'600, 6'000, 9'600, 12'000}) {
    SCOPED_TRACE(until);
    expect_updated_in_spite_of([until](Quirks& quirks) { quirks.blocked_until = Millis(until); });
  }
}

TEST(StockQuirks, UploadsWithASlowStartCallback) {
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.start_callback = Millis(9'000); });
}

TEST(StockQuirks, AcceptsRepliesFromAnotherPort) {
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.replies_from_other_port = true; });
}

TEST(StockQuirks, AcceptsRepeatedAndLateChallenges) {
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.repeats_challenges = true; });
  for (const int late : {1'000, 1'490, 1'505, 1'550, 1'700, 2'500, 4'000, 6'000}) {
    SCOPED_TRACE(late);
    expect_updated_in_spite_of([late](Quirks& quirks) { quirks.first_nonce_late = Millis(late); });
  }
}

TEST(StockQuirks, RefusesAStrangerThatConnectsFirst) {
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.stranger_first = true; });
}

TEST(StockQuirks, ReadsEveryStyleOfAcks) {
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.glued_acks = 5; });
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.ack_piece = 536; });
  expect_updated_in_spite_of([](Quirks& quirks) {
    quirks.ack_piece = 536;
    quirks.glued_acks = 3;
  });
}

TEST(StockQuirks, UploadsToSlowFlash) {
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.flash_sector = Millis(300); });
}

TEST(StockQuirks, ReadsLateJoinedAndRepeatedVerdicts) {
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.glues_ok = true; });
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.repeats_ok = true; });
  expect_updated_in_spite_of([](Quirks& quirks) {
    quirks.glues_ok = true;
    quirks.repeats_ok = true;
  });
  expect_updated_in_spite_of([](Quirks& quirks) { quirks.verify = Millis(45'000); });
}

TEST(StockQuirks, ReadsRepliesInPiecesOfAnySize) {
  for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
    for_each_scenario(
        [&](SimulationSetup& setup) { setup.network.reply_piece = piece; },
        [](const SimulationSetup&, const SimulationResult& result) { expect_updated(result); });
  }
}

TEST(StockQuirks, QuotesAnErrorTextSentDuringTheTransfer) {
  for (const bool reset : {false, true}) {
    for (const Profile& profile : all_profiles()) {
      SCOPED_TRACE(profile.name);
      SimulationSetup setup = scenario(profile, PasswordCase::Right);
      setup.device.quirks.error_at = MidTransferError{9'000, {1, "Flash Write Failed"}, reset};
      const SimulationResult result = simulate(setup);
      if (!profile.errors_end_loop) {
        expect_failure(result, Errc::Stalled);
        continue;
      }
      expect_failure(result, Errc::DeviceReported);
      const bool numbered = profile.lineage == Lineage::Esp8266;
      EXPECT_THAT(result.error ? result.error->message() : "",
                  ::testing::EndsWith(numbered ? ": ERROR[1]: Flash Write Failed"
                                               : ": Flash Write Failed"));
    }
  }
}

TEST(StockQuirks, QuotesAnErrorTextSentInPieces) {
  for (const std::size_t piece : {1U, 2U, 5U, 11U}) {
    expect_error_in_every_scenario(Errc::DeviceReported, "MD5", [piece](SimulationSetup& setup) {
      setup.plan.image_md5 = std::string(32, '0');
      setup.device.quirks.text_piece = piece;
      setup.device.quirks.text_gap = Millis(20);
      setup.network.reply_piece = piece;
    });
  }
}

TEST(StockQuirks, ReadsErrorTextsThatStartLikeOk) {
  for (const char* text : {"Out of memory", "UNKNOWN", "No Error", "OTA Partition Missing"}) {
    for (const std::size_t piece : {0U, 1U}) {
      SimulationSetup setup = scenario(Profile::esp32_2_x());
      setup.device.quirks.error_at = MidTransferError{20'000, {0, text}, false};
      setup.device.quirks.text_piece = piece;
      setup.device.quirks.text_gap = Millis(5);
      const SimulationResult result = simulate(setup);
      expect_failure(result, Errc::DeviceReported);
      EXPECT_THAT(result.error ? result.error->message() : "", HasSubstr(text));
    }
  }
}

TEST(StockQuirks, ReportsAnErrorWithoutTextAsAClosedConnection) {
  for_each_scenario(
      [](SimulationSetup& setup) {
        setup.plan.image_md5 = std::string(32, '0');
        setup.device.quirks.loses_text = true;
      },
      [](const SimulationSetup&, const SimulationResult& result) {
        expect_failure(result, Errc::VerdictLost);
      });
}

TEST(StockQuirks, UploadsToAnEsp32ThatRepeatsItsCount) {
  SimulationSetup setup = scenario(Profile::esp32_3_0(), PasswordCase::None, 200'000);
  setup.network.outage = Outage{Millis(100), Millis(3'300)};
  for (const bool lockstep : {false, true}) {
    setup.plan.lockstep = lockstep;
    const SimulationResult result = simulate(setup);
    expect_updated(result);
    EXPECT_GE(result.transfer.repeated_counts, 2U);
  }
}

TEST(StockQuirks, ReportsAnEsp32ThatGivesUpWithoutAMessage) {
  SimulationSetup setup = scenario(Profile::esp32_3_0(), PasswordCase::None, 200'000);
  setup.network.outage = Outage{Millis(100), Millis(6'000)};
  setup.plan.lockstep = true;
  const SimulationResult result = simulate(setup);
  expect_failure(result, Errc::ConnectionClosed);
  EXPECT_EQ(result.transfer.repeated_counts, 3U);
}

TEST(StockQuirks, ReportsAStallOfAnEsp8266) {
  SimulationSetup setup = scenario(Profile::esp8266_3_x(), PasswordCase::None, 200'000);
  setup.network.outage = Outage{Millis(150), Millis(40'000)};
  for (const bool lockstep : {false, true}) {
    setup.plan.lockstep = lockstep;
    expect_updated(simulate(setup));
  }
}

TEST(StockQuirks, UploadsToASha256DeviceThatStoresAnMd5Form) {
  SimulationSetup setup = scenario(Profile::esp32_3_3(), PasswordCase::Right);
  setup.device.quirks.stores_md5 = true;
  const SimulationResult automatic = simulate(setup);
  expect_updated(automatic);
  EXPECT_EQ(automatic.device.refusals, 1U);

  setup.plan.auth.hash = wire::AuthHash::Md5;
  const SimulationResult direct = simulate(setup);
  expect_updated(direct);
  EXPECT_EQ(direct.device.refusals, 0U);

  setup.plan.auth.hash = wire::AuthHash::Sha256;
  expect_failure(simulate(setup), Errc::PasswordRefused);
}

TEST(StockQuirks, DoesNotSendTheMd5FormIfSha256IsRequired) {
  SimulationSetup setup = scenario(Profile::esp32_3_3(), PasswordCase::Right);
  setup.device.quirks.stores_md5 = true;
  setup.plan.auth.require_sha256 = true;
  const SimulationResult automatic = simulate(setup);
  expect_failure(automatic, Errc::PasswordRefused);
  EXPECT_EQ(automatic.device.refusals, 1U);
  EXPECT_THAT(automatic.error->message(), HasSubstr("MD5 hash, which is not sent"));

  setup.plan.credentials = {};
  setup.plan.credentials.stored = Secret(md5_text(kPassword));
  const SimulationResult stored = simulate(setup);
  EXPECT_FALSE(stored.succeeded()) << describe(stored);
  EXPECT_EQ(stored.device.connections, 0U);
}

TEST(StockQuirks, AcceptsStoredFormsOfThePassword) {
  SimulationSetup sha256 = scenario(Profile::esp32_3_3(), PasswordCase::Right);
  sha256.plan.credentials = {};
  sha256.plan.credentials.stored = Secret(sha256_text(kPassword));
  expect_updated(simulate(sha256));

  SimulationSetup md5 = scenario(Profile::esp8266_3_x(), PasswordCase::Right);
  md5.plan.credentials = {};
  md5.plan.credentials.stored = Secret(md5_text(kPassword));
  expect_updated(simulate(md5));
  md5.plan.credentials.stored = Secret(sha256_text(kPassword));
  expect_failure(simulate(md5), Errc::PasswordRefused);
}

TEST(StockQuirks, TriesTheMd5FormAfterALostRefusal) {
  for (const Profile& profile : all_profiles()) {
    SCOPED_TRACE(profile.name);
    SimulationSetup setup = scenario(profile, PasswordCase::Wrong);
    setup.network.lost_datagrams = {3};
    expect_failure(simulate(setup), Errc::PasswordRefused);
    setup.network.lost_datagrams = {};
    setup.device.quirks.loses_auth_failed = true;
    expect_failure(simulate(setup), Errc::SilentAfterAuth);
  }
}

}  // namespace
}  // namespace otatool::testing
