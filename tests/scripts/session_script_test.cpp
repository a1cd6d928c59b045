#include "tests/scripts/session_script.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scripts/small_plans.hpp"

namespace otatool::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

/// A script without password, up to the last chunk.
SessionScript script_with_all_sent() {
  SessionScript all = script();
  all.expect_invitation().reply("OK").expect_wait().connect().expect_chunks();
  return all;
}

TEST(SessionScript, UploadsWithoutPassword) {
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

TEST(SessionScript, UploadsInLockstep) {
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

TEST(SessionScript, ReportsErrorsOfBegin) {
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

TEST(SessionScript, TreatsAConnectionAsALostOk) {
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

TEST(SessionScript, ReportsErrorsDuringTheTransfer) {
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

TEST(SessionScript, ReadsVerdictsJoinedWithCountsAndSplit) {
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

TEST(SessionScript, DoesNotTakeAnOkBeforeTheEndForSuccess) {
  script().expect_invitation().reply("OK").connect().expect_chunk().receive("OK").finishes_with(
      Errc::DeviceReported);
}

TEST(SessionScript, ReportsALostVerdict) {
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

TEST(SessionScript, CountsOnlyAcknowledgedBytesAsDelivered) {
  script_with_all_sent().leaves_queued(1).close().finishes_with(Errc::ConnectionClosed,
                                                                HasSubstr("3999 of 4000"));
  script_with_all_sent().leaves_queued(1'000).reset().finishes_with(Errc::ConnectionReset);
  script_with_all_sent().leaves_queued(1'000).time_out().finishes_with(Errc::Stalled);
}

TEST(SessionScript, PausesAtTheLimitOfUnansweredBytes) {
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

TEST(SessionScript, SendsWholeSegments) {
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

TEST(SessionScript, QuotesUnrecognisedDatagramsIfNoAnswerComes) {
  espota::Plan plan = small_plan();
  plan.timing.invitation = espota::Millis(1);
  script(plan)
      .expect_invitation()
      .reply("hello\r\n")
      .expect_wait()
      .time_out()
      .finishes_with(Errc::NoAnswer, EndsWith("it sent 'hello', which is not an espota message"));
  script(plan)
      .expect_invitation()
      .reply(std::string(1'000, 'x'))
      .expect_wait()
      .time_out()
      .finishes_with(Errc::NoAnswer, HasSubstr("'" + std::string(60, 'x') + "'"));
  script(plan)
      .expect_invitation()
      .reply("Authentication Failed")
      .expect_wait()
      .time_out()
      .finishes_with(Errc::NoAnswer, Not(HasSubstr("it sent")));
}

TEST(SessionScript, ReportsClosedPortsAndConnectionsFromOtherAddresses) {
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
  plan.timing.invitation = espota::Millis(1);
  script(plan)
      .expect_invitation()
      .reply_from_address("192.0.2.78")
      .expect_wait()
      .time_out()
      .finishes_with(Errc::OnlyStrangers, HasSubstr("192.0.2.78 replied"))
      .with_failure_at_each_step();
  plan = small_plan();
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

TEST(SessionScript, DigitsWithoutProgressDoNotExtendTheStall) {
  SessionScript session = script();
  session.expect_invitation().reply("OK").connect().expect_chunks();
  session.leaves_queued(3'000).receive("1").expect_wait();
  for (int second = 0; second < 30; ++second) {
    session.time_passes(Millis(1'990)).receive("1").expect_wait();
  }
  session.time_out().finishes_with(Errc::Stalled);
}

TEST(SessionScript, DigitsDoNotExtendTheWaitForTheVerdict) {
  SessionScript session = script();
  session.expect_invitation().reply("OK").connect().expect_chunks();
  for (int second = 0; second < 30; ++second) {
    session.time_passes(Millis(1'990)).receive("1").expect_wait();
  }
  session.time_out().finishes_with(Errc::VerdictLost);
}

TEST(SessionScript, GivesUpADeviceThatSendsDigitsWithoutEnd) {
  SessionScript session = script();
  session.expect_invitation().reply("OK").connect().expect_chunks();
  session.receive(std::string(65'000, '1')).expect_wait();
  session.receive(std::string(1'000, '1'))
      .finishes_with(Errc::DeviceReported, HasSubstr("66000 bytes of acknowledgements"));
}

TEST(SessionScript, SaysWhatAStoppedDeviceHasTaken) {
  const ::testing::Matcher<std::string> at_zero = HasSubstr("(its last reply came after 0 bytes)");
  script().expect_invitation().reply("OK").connect().expect_chunks().time_out().finishes_with(
      Errc::VerdictLost, at_zero);
  script()
      .expect_invitation()
      .reply("OK")
      .connect()
      .expect_chunks()
      .leaves_queued(1'000)
      .time_out()
      .finishes_with(Errc::Stalled, at_zero);
  script()
      .expect_invitation()
      .reply("OK")
      .connect()
      .expect_chunks()
      .receive("4000")
      .time_out()
      .finishes_with(Errc::VerdictLost, Not(HasSubstr("last reply")));
}

}  // namespace
}  // namespace otatool::testing
