#include "tests/scripts/session_script.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scripts/stock_scenario.hpp"
#include "tests/support/stock_datagram.hpp"

namespace otatool::testing {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr std::string_view kNonce = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kOtherNonce = "fedcba9876543210fedcba9876543210";
const std::string kLongNonce = std::string(kNonce) + std::string(kOtherNonce);
const std::string kOtherLongNonce = std::string(kOtherNonce) + std::string(kNonce);
const std::string kMd5Form = "34f3019046f1d1793091b080627a8dbb";
const std::string kSha256Form = "980061b57e53c2de71a544b88d868652220a5f638b654459743bc497df202f9e";

std::string challenge(std::string_view nonce) {
  return "AUTH " + std::string(nonce);
}

/// An image of three chunks for an ESP8266 without password.
espota::Plan small_plan() {
  return plan_for(image_of(4'000), Profile::esp8266_3_x());
}
espota::Plan plan_with_password() {
  espota::Plan plan = small_plan();
  plan.credentials.password = Secret(std::string(kPassword));
  return plan;
}
SessionScript script(espota::Plan plan = small_plan()) {
  return SessionScript(std::move(plan));
}
/// Up to the last chunk, without password.
SessionScript script_with_all_sent() {
  SessionScript all = script();
  all.expect_invitation().reply("OK").expect_wait().connect().expect_chunks();
  return all;
}

TEST(SessionScript, NoPassword) {
  script()
      .expect_invitation()
      .reply("OK")
      .expect_wait()
      .connect()
      .expect_chunk()
      .expect_slow_chunk()
      .receive("1460")
      .expect_wait()
      .take_chunk()
      .expect_chunk()
      .expect_wait()
      .receive("1460")
      .receive("1080")
      .expect_wait()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, Lockstep) {
  espota::Plan plan = small_plan();
  plan.lockstep = true;
  script(plan)
      .expect_invitation()
      .reply("OK")
      .connect()
      .expect_chunk()
      .expect_wait()
      .receive("1460")
      .expect_chunk()
      .expect_wait()
      .receive("1460")
      .expect_chunk()
      .expect_wait()
      .receive("1080")
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, Md5Password) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("4000OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, Sha256Password) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .expect_response(kLongNonce, kSha256Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("4000OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, Sha256FallsBackToTheMd5FormByANewInvitation) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .expect_response(kLongNonce, kSha256Form)
      .reply("Authentication Failed")
      .expect_invitation()
      .reply(challenge(kOtherLongNonce))
      .time_out()
      .expect_response(kOtherLongNonce, kMd5Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("4000OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, RefusedPasswords) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .reply("Authentication Failed")
      .finishes_with(Errc::PasswordRefused)
      .with_failure_at_each_step();
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .reply("Authentication Failed")
      .expect_invitation()
      .reply(challenge(kOtherLongNonce))
      .time_out()
      .reply("Authentication Failed")
      .finishes_with(Errc::PasswordRefused, AllOf(HasSubstr("SHA-256"), HasSubstr("MD5")))
      .with_failure_at_each_step();
}

TEST(SessionScript, ARefusalThatNobodyAskedForIsNoRefusal) {
  script(plan_with_password())
      .expect_invitation()
      .reply("Authentication Failed")
      .expect_wait()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok();
}

TEST(SessionScript, ChallengesThatAreNotAnswered) {
  espota::Plan strict = plan_with_password();
  strict.auth.require_sha256 = true;
  script(strict)
      .expect_invitation()
      .reply(challenge(kNonce))
      .finishes_with(Errc::WeakChallenge)
      .with_failure_at_each_step();
  script().expect_invitation().reply(challenge(kNonce)).finishes_with(Errc::PasswordNeeded);
  script().expect_invitation().reply(challenge(kLongNonce)).finishes_with(Errc::PasswordNeeded);
  script(plan_with_password())
      .expect_invitation()
      .reply("AUTH 0123")
      .finishes_with(Errc::UnknownChallenge);
}

TEST(SessionScript, TheNewestNonceIsAnswered) {
  script(plan_with_password())
      .expect_invitation()
      .time_out()
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_wait()
      .time_passes(Millis(50))
      .reply(challenge(kOtherNonce))
      .expect_wait()
      .reply(challenge(kNonce))
      .expect_wait()
      .time_out()
      .expect_response(kOtherNonce, kMd5Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, ANewerNonceReplacesAResponseUnderWay) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .reply(challenge(kNonce))
      .expect_wait()
      .reply(challenge(kOtherNonce))
      .expect_response(kOtherNonce, kMd5Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, ALostResponseIsRepeatedAndThenANewInvitationIsMade) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .time_out()
      .expect_response(kNonce, kMd5Form)
      .time_out()
      .expect_invitation()
      .reply(challenge(kOtherNonce))
      .time_out()
      .expect_response(kOtherNonce, kMd5Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, BeginErrors) {
  for (const char* end : {"", "\n", "\r\n"}) {
    script()
        .expect_invitation()
        .reply(std::string("ERR: ERROR[4]: Not Enough Space") + end)
        .finishes_with(Errc::DeviceRefused, EndsWith(": ERROR[4]: Not Enough Space"))
        .with_failure_at_each_step();
    script(plan_with_password())
        .expect_invitation()
        .reply(challenge(kNonce))
        .expect_response(kNonce, kMd5Form)
        .reply(std::string("ERR: ERROR[11]: Invalid bootstrapping state") + end)
        .finishes_with(Errc::DeviceRefused, HasSubstr("ERROR[11]"))
        .with_failure_at_each_step();
  }
}

TEST(SessionScript, AConnectionImpliesALostOk) {
  script()
      .expect_invitation()
      .connect()
      .expect_chunks()
      .reply("OK")
      .expect_wait()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, ErrorsInMidTransfer) {
  script()
      .expect_invitation()
      .reply("OK")
      .connect()
      .expect_chunk()
      .receive("1460ERROR[1]: Flash Write Failed\n")
      .finishes_with(Errc::DeviceReported, EndsWith(": ERROR[1]: Flash Write Failed"))
      .with_failure_at_each_step();
  script()
      .expect_invitation()
      .reply("OK")
      .connect()
      .expect_chunk()
      .receive("1460Flash Wr")
      .expect_wait()
      .receive("ite Failed")
      .expect_wait()
      .leaves_queued(1'000)
      .reset()
      .finishes_with(Errc::DeviceReported, EndsWith(": Flash Write Failed"))
      .with_failure_at_each_step();
  script()
      .expect_invitation()
      .reply("OK")
      .connect()
      .expect_chunk()
      .expect_slow_chunk()
      .receive("1460Out of")
      .expect_wait()
      .take_chunk()
      .expect_wait()
      .receive(" memory\r\n")
      .finishes_with(Errc::DeviceReported, EndsWith(": Out of memory"))
      .with_failure_at_each_step();
  script()
      .expect_invitation()
      .reply("OK")
      .connect()
      .expect_chunk()
      .receive("UNKN")
      .time_out()
      .finishes_with(Errc::DeviceReported, EndsWith(": UNKN"));
}

TEST(SessionScript, VerdictsGluedAndSplit) {
  for (const char* reply : {"OK", "4000OK", "1460OK", "OKOK", "\r\nOK"}) {
    script_with_all_sent().receive(reply).finishes_ok().with_failure_at_each_step();
  }
  script_with_all_sent()
      .receive("146014601080O")
      .expect_wait()
      .receive("K")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, AnOkBeforeTheEndIsNoSuccess) {
  script().expect_invitation().reply("OK").connect().expect_chunk().receive("OK").finishes_with(
      Errc::DeviceReported);
}

TEST(SessionScript, LostVerdicts) {
  script_with_all_sent().close().finishes_with(Errc::VerdictLost);
  script_with_all_sent().reset().finishes_with(Errc::VerdictLost);
  script_with_all_sent().receive("4000").close().finishes_with(Errc::VerdictLost);
  script_with_all_sent().receive("4000O").close().finishes_with(Errc::VerdictLost);
  script_with_all_sent().receive("4000").time_out().finishes_with(Errc::VerdictLost);
  script_with_all_sent()
      .receive("4000ERROR[7")
      .close()
      .finishes_with(Errc::DeviceReported, EndsWith(": ERROR[7"));
}

TEST(SessionScript, BytesThatWereNotAcknowledgedAreNotDelivered) {
  script_with_all_sent().leaves_queued(1).close().finishes_with(Errc::ConnectionClosed,
                                                                HasSubstr("3999 of 4000"));
  script_with_all_sent().leaves_queued(1'000).reset().finishes_with(Errc::ConnectionReset);
  script_with_all_sent().leaves_queued(1'000).time_out().finishes_with(Errc::Stalled);
}

TEST(SessionScript, NothingIsSentBeyondTheLimitOfUnansweredBytes) {
  espota::Plan plan = small_plan();
  plan.unanswered_limit = 2'000;
  script(plan)
      .expect_invitation()
      .reply("OK")
      .connect()
      .expect_chunk()
      .expect_chunk()
      .expect_wait()
      .receive("1")
      .expect_chunk()
      .expect_wait()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, ChunksAreWholeSegments) {
  espota::Plan plan = small_plan();
  plan.image_size = 1'072 + 1;
  script(plan)
      .expect_invitation()
      .reply("OK")
      .connect(536)
      .expect_chunk()
      .expect_chunk()
      .expect_wait()
      .receive("OK")
      .finishes_ok();
}

TEST(SessionScript, ClosedPortsAndStrangers) {
  espota::Plan plan = small_plan();
  script(plan).expect_invitation().port_unreachable(8'266).finishes_with(Errc::PortClosed,
                                                                         HasSubstr("8266"));
  script(plan)
      .expect_invitation()
      .reply("OK")
      .stranger("192.0.2.77")
      .expect_wait()
      .time_out()
      .finishes_with(Errc::OnlyStrangers, HasSubstr("192.0.2.77"))
      .with_failure_at_each_step();
  plan.device_ports = {8'266, 3'232};
  script(plan)
      .expect_invitation()
      .port_unreachable(8'266)
      .expect_wait()
      .reply_from(3'232, "OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, FarewellsEndWaitauthAndNothingElse) {
  espota::Session session(plan_with_password(), espota::CnonceSeed{});
  EXPECT_FALSE(session.farewell().has_value());
  (void)session.next(espota::Started{}, Millis(0));
  const auto invited = session.farewell();
  ASSERT_TRUE(invited.has_value());
  // Neither an invitation, which an idle device would answer, nor a right response.
  EXPECT_TRUE(read_response(invited->bytes, 32).has_value()) << invited->bytes;
  (void)session.next(espota::DatagramReceived{challenge(kNonce), 8'266}, Millis(10));
  const auto challenged = session.farewell();
  ASSERT_TRUE(challenged.has_value());
  EXPECT_EQ(challenged->bytes, invited->bytes);
  (void)session.next(espota::DatagramReceived{"OK", 8'266}, Millis(20));
  EXPECT_FALSE(session.farewell().has_value());
  (void)session.next(espota::DeviceConnected{1'460}, Millis(30));
  EXPECT_FALSE(session.farewell().has_value());
}

}  // namespace
}  // namespace otatool::testing
