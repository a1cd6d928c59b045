// Ctrl-C during an upload: exit code 130, and the device is ready for the next upload (espota.md
// 1.3, 1.4).
#include <csignal>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class StockInterrupt : public StockUpload {
 protected:
  /// Interrupts an upload when `sign` appears in its trace. All time limits are minutes long, so
  /// that an upload that ends in time has not waited for any of them.
  void interrupt_at(const StockProgram& device, const std::string& sign, int signal = SIGINT) {
    Process upload(upload_call(
        {device.target(), "-vv", "--timeout", "1000", "--stall-timeout", "1000"}, "secret"));
    ASSERT_TRUE(upload.wait_for_error(sign)) << sign;
    upload.send_signal(signal);
    const Outcome outcome = upload.wait();
    EXPECT_EQ(outcome.exit_code, 130) << outcome.error;
    EXPECT_EQ(outcome.signal, 0);
    EXPECT_FALSE(outcome.timed_out);
    EXPECT_THAT(outcome.error, HasSubstr("otatool: error: " + device.target() + ": interrupted"));
  }
  /// The device accepts a new upload at its first invitation.
  void expect_ready(const StockProgram& device) {
    const Outcome outcome = upload(device, {"--timeout", "90"}, "secret");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  }
};

TEST_F(StockInterrupt, BeforeTheChallengeArrives) {
  StockProgram device({"esp32-3.0", "password=secret", "loop-delay=200"});
  interrupt_at(device, " > 0 ");
  expect_ready(device);
}

TEST_F(StockInterrupt, WhileTheDeviceChecksTheResponse) {
  StockProgram device({"esp32-3.3", "password=secret", "loop-delay=200"});
  interrupt_at(device, " < AUTH ");
  expect_ready(device);
}

TEST_F(StockInterrupt, BetweenResponseAndOk) {
  StockProgram device({"esp8266-3.x", "password=secret", "blocked-until=5000"});
  interrupt_at(device, " > 200 ");
  expect_ready(device);
}

TEST_F(StockInterrupt, WhileTheDeviceDoesNotAnswer) {
  StockProgram device({"esp32-3.0", "password=secret", "never-handles"});
  interrupt_at(device, " > 0 ", SIGTERM);
}

TEST_F(StockInterrupt, WhileTheDeviceDoesNotConnect) {
  StockProgram device({"esp32-3.0", "password=secret", "never-connects"});
  interrupt_at(device, "waiting for the connection", SIGTERM);
}

TEST_F(StockInterrupt, WhileTheDeviceStalls) {
  StockProgram device({"esp8266-3.x", "password=secret", "stalls-at=20000", "once"});
  interrupt_at(device, "connected; sending");
}

TEST_F(StockInterrupt, BeforeTheVerdict) {
  StockProgram device({"esp8266-3.x", "password=secret", "verify=100000"});
  interrupt_at(device, "waiting for the verdict", SIGTERM);
}

TEST_F(StockInterrupt, BeforeTheNextAttempt) {
  StockProgram device({"esp32-3.0", "password=secret", "resets-at=20000"});
  interrupt_at(device, "attempt 2 in ");
  StockProgram healthy({"esp32-3.0", "password=secret"});
  expect_ready(healthy);
}

TEST_F(StockInterrupt, WhileWaitingForADevice) {
  StockProgram device({"esp8266-3.x"});
  device.end();
  Process upload(upload_call({device.target(), "-vv", "--wait", "1000"}));
  ASSERT_TRUE(upload.wait_for_error(" > 0 "));
  upload.send_signal(SIGINT);
  EXPECT_EQ(upload.wait().exit_code, 130);
}

TEST_F(StockInterrupt, AnInterruptOfManyUploadsPrintsASummary) {
  StockProgram slow({"esp8266-3.x", "flash-sector=500", "once"});
  StockProgram silent({"esp32-3.0", "never-handles"});
  StockProgram waiting({"esp8266-3.x"});
  for (const bool json : {false, true}) {
    std::vector<std::string> words = {slow.target(),
                                      silent.target(),
                                      waiting.target(),
                                      "--jobs",
                                      "2",
                                      "-vv",
                                      "--timeout",
                                      "1000"};
    if (json) {
      words.emplace_back("--json");
    }
    Process upload(upload_call(words));
    ASSERT_TRUE(upload.wait_for_error(silent.target() + " > 0 "));
    upload.send_signal(SIGINT);
    const Outcome outcome = upload.wait();
    EXPECT_EQ(outcome.exit_code, 130) << outcome.error;
    if (json) {
      EXPECT_THAT(outcome.output,
                  AllOf(HasSubstr(R"("event":"summary")"), HasSubstr(R"("exit":130)")));
    } else {
      EXPECT_THAT(
          outcome.output,
          AllOf(HasSubstr("0 of 3 devices updated"), HasSubstr(waiting.target() + " (130)")));
    }
  }
}

TEST_F(StockInterrupt, DuringTheTransfer) {
  for (const char* profile : {"esp8266-3.x", "esp32-3.0"}) {
    SCOPED_TRACE(profile);
    StockProgram device({profile, "password=secret", "flash-sector=200", "once"});
    interrupt_at(device, "connected; sending", SIGTERM);
    EXPECT_THAT(device.end_by_itself(), StartsWith("state=idle bytes="));
  }
}

}  // namespace
}  // namespace otatool::test
