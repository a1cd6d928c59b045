// Session scripts with a password: challenges, responses and refusals.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scripts/small_plans.hpp"
#include "tests/support/stock_datagram.hpp"

namespace otatool::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kOtherNonce = "fedcba9876543210fedcba9876543210";
const std::string kLongNonce = std::string(kNonce) + std::string(kOtherNonce);
const std::string kOtherLongNonce = std::string(kOtherNonce) + std::string(kNonce);
const std::string kSha256Form = "980061b57e53c2de71a544b88d868652220a5f638b654459743bc497df202f9e";

TEST(SessionScript, AnswersAnMd5Challenge) {
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

TEST(SessionScript, AnswersASha256Challenge) {
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

TEST(SessionScript, TriesTheMd5FormAfterARefusedSha256Form) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .expect_response(kLongNonce, kSha256Form)
      .reply("Authentication Failed")
      .expect_invitation()
      .reply(challenge(kOtherLongNonce))
      .expect_response(kOtherLongNonce, kMd5Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("4000OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, ReportsARefusedPassword) {
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
      .reply("Authentication Failed")
      .finishes_with(Errc::PasswordRefused, AllOf(HasSubstr("SHA-256"), HasSubstr("MD5")))
      .with_failure_at_each_step();
}

TEST(SessionScript, IgnoresRefusalsBeforeAnyResponse) {
  script(plan_with_password())
      .expect_invitation()
      .reply("Authentication Failed")
      .reply("Authentication Failed")
      .reply("Authentication Failed")
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

TEST(SessionScript, AChallengeAfterTheOkHasNoEffect) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .reply("OK")
      .reply(challenge(kOtherNonce))
      .expect_wait()
      .time_out()
      .finishes_with(Errc::NoConnectionBack);
}

TEST(SessionScript, DoesNotTryTheMd5FormIfSha256IsRequired) {
  espota::Plan strict = plan_with_password();
  strict.auth.require_sha256 = true;
  script(strict)
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .expect_response(kLongNonce, kSha256Form)
      .reply("Authentication Failed")
      .finishes_with(Errc::PasswordRefused, HasSubstr("the SHA-256 form"))
      .with_failure_at_each_step();
}

TEST(SessionScript, DoesNotAnswerChallengesThatItMustNot) {
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

TEST(SessionScript, AnswersTheNewestNonce) {
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

TEST(SessionScript, AnswersANewNonceWhileItWaitsForTheVerdict) {
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

TEST(SessionScript, RepeatsALostResponseAndThenTheInvitation) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kNonce))
      .expect_response(kNonce, kMd5Form)
      .time_out()
      .expect_response(kNonce, kMd5Form)
      .time_out()
      .expect_invitation()
      .reply(challenge(kOtherNonce))
      .expect_response(kOtherNonce, kMd5Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, AnswersARepeatedNonceAfterALostResponse) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .expect_response(kLongNonce, kSha256Form)
      .time_out()
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .expect_wait()
      .time_out()
      .expect_response(kLongNonce, kSha256Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, InvitesOnceMoreIfANewerNonceIsKnown) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .expect_response(kLongNonce, kSha256Form)
      .reply(challenge(kOtherLongNonce))
      .expect_response(kOtherLongNonce, kSha256Form)
      .reply("Authentication Failed")
      .expect_invitation()
      .reply(challenge(std::string(64, 'a')))
      .expect_wait()
      .reply(challenge(std::string(64, 'b')))
      .expect_wait()
      .time_out()
      .expect_response(std::string(64, 'b'), kSha256Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, WaitsForTheEndOfAnotherUpdateIfItMayWait) {
  espota::Plan patient = plan_with_password();
  patient.persistent = true;
  for (const char* busy : {"ERR: ERROR[15]: Update already running", "ERR: ERROR[0]: No Error"}) {
    script(patient)
        .expect_invitation()
        .reply(challenge(kNonce))
        .expect_response(kNonce, kMd5Form)
        .reply(busy)
        .expect_wait()
        .time_out()
        .expect_invitation()
        .reply(challenge(kOtherNonce))
        .expect_response(kOtherNonce, kMd5Form)
        .reply("OK")
        .connect()
        .expect_chunks()
        .receive("OK")
        .finishes_ok();
    script(plan_with_password()).expect_invitation().reply(busy).finishes_with(Errc::DeviceRefused);
  }
  script(patient)
      .expect_invitation()
      .reply("ERR: ERROR[4]: Not Enough Space")
      .finishes_with(Errc::DeviceRefused);
}

TEST(SessionScript, DoesNotRepeatAResponseToALongNonce) {
  script(plan_with_password())
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .expect_response(kLongNonce, kSha256Form)
      .time_passes(Millis(9'999))
      .time_out()
      .expect_invitation()
      .reply(challenge(kOtherLongNonce))
      .expect_response(kOtherLongNonce, kSha256Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, DoesNotBelieveARefusalThatMayBelongToAnOlderNonce) {
  script(plan_with_password())
      .expect_invitation()
      .time_out()
      .expect_invitation()
      .time_out()
      .expect_invitation()
      .reply(challenge(kLongNonce))
      .time_out()
      .expect_response(kLongNonce, kSha256Form)
      .reply(challenge(kOtherLongNonce))
      .expect_response(kOtherLongNonce, kSha256Form)
      .reply("Authentication Failed")
      .expect_invitation()
      .reply(challenge(std::string(64, 'a')))
      .time_out()
      .expect_response(std::string(64, 'a'), kSha256Form)
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("OK")
      .finishes_ok()
      .with_failure_at_each_step();
}

TEST(SessionScript, ACancellationExistsOnlyWhileTheDeviceMayBeInWaitauth) {
  espota::Session session(plan_with_password(), espota::CnonceSeed{});
  EXPECT_FALSE(session.cancellation().has_value());
  (void)session.next(espota::Started{}, Millis(0));
  const auto invited = session.cancellation();
  ASSERT_TRUE(invited.has_value());
  // The cancellation is neither an invitation, which an idle device would answer, nor a correct
  // response.
  EXPECT_TRUE(read_response(invited->bytes, 32).has_value()) << invited->bytes;
  (void)session.next(espota::DatagramReceived{challenge(kNonce), 8'266}, Millis(10));
  const auto challenged = session.cancellation();
  ASSERT_TRUE(challenged.has_value());
  EXPECT_EQ(challenged->bytes, invited->bytes);
  (void)session.next(espota::DatagramReceived{"OK", 8'266}, Millis(20));
  EXPECT_FALSE(session.cancellation().has_value());
  (void)session.next(espota::DeviceConnected{1'460}, Millis(30));
  EXPECT_FALSE(session.cancellation().has_value());
}

}  // namespace
}  // namespace otatool::testing
