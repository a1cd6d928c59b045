// Exit code and message of each failure that a stock device or its network can cause, and a
// successful upload to each model.
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/stock_profile.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(StockUpload, SucceedsWithEveryProfileWithAndWithoutPassword) {
  for (const testing::Profile& profile : testing::all_profiles()) {
    SCOPED_TRACE(profile.name);
    StockProgram open({std::string(profile.name)});
    const Outcome without = upload(open);
    EXPECT_EQ(without.exit_code, 0) << without.error;
    EXPECT_THAT(open.end_by_itself(),
                StartsWith("state=restarted bytes=60000 md5=" + image_md5() + " invitations=1"));

    StockProgram locked({std::string(profile.name), "password=a-real-password"});
    const Outcome with = upload(locked, {}, "a-real-password");
    EXPECT_EQ(with.exit_code, 0) << with.error;
    EXPECT_THAT(locked.end_by_itself(),
                AllOf(StartsWith("state=restarted bytes=60000 md5=" + image_md5()),
                      HasSubstr(" responses=1 refusals=0 connections=1 junk=0")));
  }
}

class StockQuirk : public StockUpload, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Harmless,
                         StockQuirk,
                         ::testing::Values("esp8266-3.x loses-ok",
                                           "esp8266-3.x waits-for-response",
                                           "esp8266-3.x loop-delay=700",
                                           "esp8266-2.7 window=2144 mss=536 glued-acks=4",
                                           "esp8266-2.3 glues-ok repeats-ok",
                                           "esp32-3.0 other-port repeats-challenges",
                                           "esp32-3.0 stranger-first",
                                           "esp32-3.3 stores-md5",
                                           "esp32-2.x flash-sector=60"));

TEST_P(StockQuirk, DoesNotPreventTheUpload) {
  std::istringstream text(GetParam());
  std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
  words.emplace_back("password=secret");
  StockProgram device(words);
  const Outcome outcome = upload(device, {}, "secret");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(device.end_by_itself(), HasSubstr("md5=" + image_md5()));
}

TEST_F(StockUpload, ShowsOnATerminalWhatItWaitsFor) {
  StockProgram device({"esp32-3.0", "never-handles"});
  ProgramCall call = upload_call({device.target(), "--timeout", "3"});
  call.streams = Streams::Terminal;
  call.environment["TERM"] = "xterm";
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.output, ContainsRegex("no reply yet, [12] s left"));
}

TEST_F(StockUpload, ADeviceThatDoesNotComeBackIsAnUnknownResult) {
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome = upload(device, {"--confirm=2"});
  EXPECT_EQ(outcome.exit_code, 9) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("2 s later nothing listens at its port"));
}

TEST_F(StockUpload, AsksAgainForAWrongPassword) {
  StockProgram device({"esp8266-3.x", "password=right"});
  ProgramCall call = upload_call({device.target(), "--no-confirm"});
  call.streams = Streams::Terminal;
  Process program(call);
  const std::string prompt = "password of " + device.target() + ": ";
  ASSERT_TRUE(program.wait_for_output(prompt));
  program.write_input("wrong\n");
  ASSERT_TRUE(program.wait_for_output("the device refused the password; try again\r\n" + prompt));
  program.write_input("right\n");
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST_F(StockUpload, AnInterruptedPasswordPromptEndsWithTheSummary) {
  StockProgram locked({"esp8266-3.x", "password=right"});
  StockProgram open({"esp8266-3.x"});
  ProgramCall call = upload_call({locked.target(), open.target(), "--no-confirm"});
  call.streams = Streams::Terminal;
  Process program(call);
  ASSERT_TRUE(program.wait_for_output("password of " + locked.target() + ": "));
  program.send_signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr(locked.target() + ": interrupted at the password prompt"),
                    HasSubstr("1 of 2 devices updated"),
                    HasSubstr(locked.target() + " (130)")));
}

TEST_F(StockUpload, ADeviceWithoutItsPasswordIsOneFailureInTheReport) {
  StockProgram locked({"esp8266-3.x", "password=right"});
  StockProgram open({"esp8266-3.x"});
  ProgramCall call = upload_call({locked.target(), open.target(), "--json"});
  call.streams = Streams::Terminal;
  Process program(call);
  ASSERT_TRUE(program.wait_for_output("password of " + locked.target() + ": "));
  program.write_input("\x04");  // the end of the input
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.exit_code, 10) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("\"message\":\"no password was entered at the prompt\""),
                    HasSubstr("\"event\":\"summary\""),
                    Not(HasSubstr("{\"error\":"))));
}

TEST_F(StockUpload, DoesNotRetryAnEsp32ImageThatMayBeTooLarge) {
  const support::Blob image = support::esp32_image();
  std::string large(image.begin(), image.end());
  large.resize(1'400'000, '\xFF');
  use_image(large);
  StockProgram device({"esp32-3.0", "partition=1310720"});
  const Outcome outcome = run(upload_call(
      {device.target(), "--timeout", "1", "--retries", "2", "--json", "--force", "damaged"}));
  EXPECT_EQ(outcome.exit_code, 5) << outcome.error;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("\"attempts\":1"), HasSubstr("default app partition")));
}

TEST_F(StockUpload, SucceedsInLockstepAndOverIpv6) {
  StockProgram lockstep({"esp8266-3.x"});
  EXPECT_EQ(upload(lockstep, {"--lockstep"}).exit_code, 0);
  EXPECT_THAT(lockstep.end_by_itself(), HasSubstr(image_md5()));
  StockProgram ipv6({"esp32-3.3", "address=::1"});
  const Outcome outcome = run(upload_call({"[::1]:" + ipv6.port(), "--retries", "0"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(ipv6.end_by_itself(), HasSubstr(image_md5()));
}

TEST_F(StockUpload, ReportsNoAnswer) {
  StockProgram device({"esp32-3.0", "never-handles"});
  const Outcome outcome = upload(device, {"--timeout", "1"});
  expect_failure(outcome, 5, "no answer to ", "8266 on ESP8266, 3232 on ESP32");
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr("UDP port " + device.port()), HasSubstr("the device is on")));
}

TEST_F(StockUpload, ReportsAClosedPort) {
  StockProgram device({"esp8266-3.x"});
  device.end();
  const Outcome outcome = upload(device);
  expect_failure(outcome, 5, "nothing listens on its UDP port " + device.port(), "--port");
}

TEST_F(StockUpload, ReportsNoReplyAfterTheResponse) {
  StockProgram device({"esp8266-3.x", "password=secret", "never-handles"});
  const Outcome outcome = upload(device, {"--timeout", "3"}, "secret");
  expect_failure(outcome, 5, "did not reply to the response", "ArduinoOTA.handle()");
}

TEST_F(StockUpload, ReportsThatTheDeviceDoesNotConnect) {
  StockProgram device({"esp32-3.0", "never-connects"});
  const Outcome outcome = upload(device, {"--timeout", "3"});
  expect_failure(outcome, 5, "did not connect back to TCP port ", "firewall");
  EXPECT_THAT(outcome.error, HasSubstr(" of 127.0.0.1"));
}

TEST_F(StockUpload, ReportsAnImageLargerThanTheEsp32Partition) {
  use_image(sketch_of(1'311'120));
  StockProgram device({"esp32-3.0", "partition=1310720"});
  const Outcome outcome = upload(device, {"--timeout", "3"});
  expect_failure(outcome, 5, "1311120 bytes", "app partition of 1310720");
}

TEST_F(StockUpload, ReportsConnectionsFromOtherAddresses) {
  StockProgram device({"esp32-3.0", "stranger-first", "never-connects"});
  const Outcome outcome = upload(device, {"--timeout", "3"});
  expect_failure(outcome, 5, "the connection came from 127.0.0.2", "--any-peer");
}

TEST_F(StockUpload, ReportsAStalledTransfer) {
  StockProgram device({"esp8266-3.x", "stalls-at=20000"});
  const Outcome outcome = upload(device, {"--stall-timeout", "1"});
  expect_failure(outcome, 5, "the transfer stalled after ", "--lockstep");
}

TEST_F(StockUpload, ReportsAResetOrClosedConnection) {
  StockProgram resetting({"esp32-3.0", "resets-at=20000"});
  expect_failure(upload(resetting), 5, "the device reset the connection after ", "power supply");
  StockProgram closing({"esp32-3.0", "vanishes-at=20000"});
  expect_failure(upload(closing, {"--lockstep"}), 5, "the device closed the connection after ", "");
}

TEST_F(StockUpload, WaitsForADeviceThatRebootsAfterABrokenTransfer) {
  StockProgram crashing({"esp8266-3.x", "resets-at=20000", "once"});
  Process upload(upload_call({crashing.target(), "--retries", "1", "--timeout", "90", "-vv"}));
  EXPECT_THAT(crashing.end_by_itself(), ::testing::HasSubstr("state="));
  ASSERT_TRUE(upload.wait_for_error("is closed>"));
  StockProgram restarted({"esp8266-3.x", "port=" + crashing.port()});
  const Outcome outcome = upload.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, ::testing::HasSubstr("2 attempts"));
}

TEST_F(StockUpload, ReportsARefusal) {
  StockProgram device({"esp8266-2.7", "partition=50000"});
  expect_failure(upload(device),
                 6,
                 "the device refused the update: ERROR[4]: Not Enough Space",
                 "flash layout");
  StockProgram fresh({"esp8266-3.x", "begin-error=11:Invalid bootstrapping state, reset"});
  expect_failure(upload(fresh), 6, "ERROR[11]: Invalid bootstrapping state", "reset button");
}

TEST_F(StockUpload, WaitsForTheEndOfAnotherUpdate) {
  StockProgram busy({"esp8266-3.x", "busy-until=1000000"});
  expect_failure(upload(busy), 6, "ERROR[15]: Update already running", "wait until the other");
  StockProgram device({"esp8266-3.x", "busy-until=6000"});
  const Outcome outcome = upload(device, {"--wait", "90"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(device.end_by_itself(), StartsWith("state=restarted"));
}

TEST_F(StockUpload, ReportsErrorsOfTheDevice) {
  StockProgram esp8266({"esp8266-3.x", "error-at=30000:1:Flash Write Failed"});
  expect_failure(upload(esp8266), 6, ": ERROR[1]: Flash Write Failed", "flash");
  StockProgram esp32({"esp32-3.0", "error-reset-at=30000:0:Flash Erase Failed", "text-piece=3"});
  expect_failure(upload(esp32), 6, ": Flash Erase Failed", "flash");
  StockProgram signed_only({"esp8266-3.x", "error-at=60000:12:Signature verification failed"});
  expect_failure(upload(signed_only), 6, "ERROR[12]", "accepts only signed images");
}

TEST_F(StockUpload, ReportsALostVerdict) {
  StockProgram device({"esp8266-3.x", "loses-verdict"});
  expect_failure(
      upload(device), 9, "all 60000 bytes were delivered", "check whether the device runs");
  EXPECT_THAT(device.end_by_itself(), StartsWith("state=restarted"));
}

TEST_F(StockUpload, ReportsMissingAndWrongPasswords) {
  StockProgram esp8266({"esp8266-3.x", "password=secret"});
  expect_failure(upload(esp8266), 4, "asks for a password", "OTATOOL_PASSWORD");
  expect_failure(upload(esp8266, {}, "Secret"), 4, "refused the password", "check the password");
  expect_failure(upload(esp8266, {"--require-sha256"}, "secret"), 4, "MD5", "--require-sha256");
  EXPECT_THAT(esp8266.end(), AllOf(StartsWith("state=idle"), HasSubstr("junk=0")));

  StockProgram esp32({"esp32-3.3", "password=secret"});
  expect_failure(upload(esp32, {}, "Secret"), 4, "SHA-256 and MD5 forms", "check the password");
  EXPECT_THAT(esp32.end(), AllOf(StartsWith("state=idle"), HasSubstr("refusals=2")));

  StockProgram odd({"esp8266-3.x", "password=secret", "nonce-length=40"});
  expect_failure(upload(odd, {}, "secret"), 4, "nonce of 40 characters", "-vv");
}

TEST_F(StockUpload, ReportsTheFailedTargetsOfMany) {
  StockProgram good({"esp8266-3.x"});
  StockProgram full({"esp8266-3.x", "partition=1000"});
  StockProgram locked({"esp32-3.3", "password=secret"});
  const Outcome outcome = run(upload_call({good.target(), full.target(), locked.target()}));
  EXPECT_EQ(outcome.exit_code, 10) << outcome.error;
  EXPECT_THAT(outcome.error,
              AllOf(HasSubstr(full.target() + ": the device refused the update"),
                    HasSubstr(locked.target() + ": the device asks for a password")));
  EXPECT_THAT(good.end_by_itself(), StartsWith("state=restarted"));
  EXPECT_THAT(locked.end(), StartsWith("state=idle"));
}

}  // namespace
}  // namespace otatool::test
