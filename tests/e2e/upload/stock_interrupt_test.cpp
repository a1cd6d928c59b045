// Ctrl-C at any moment: exit 130, and no device is left waiting (espota.md 1.3, 1.4).
#include <csignal>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::StartsWith;

class StockInterrupt : public StockUpload {
 protected:
  /// Interrupts an upload once `sign` stands in its trace.
  void interrupt_at(const StockProgram& device, const std::string& sign) {
    Process upload(upload_call({device.target(), "-vv"}, "secret"));
    ASSERT_TRUE(upload.wait_for_error(sign)) << sign;
    upload.send_signal(SIGINT);
    const Outcome outcome = upload.wait();
    EXPECT_EQ(outcome.exit_code, 130) << outcome.error;
    EXPECT_EQ(outcome.signal, 0);
  }
  /// The device hears a new upload at its first invitation.
  void expect_ready(const StockProgram& device) {
    const Outcome outcome = upload(device, {"--timeout", "5"}, "secret");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  }
};

TEST_F(StockInterrupt, BeforeTheChallengeIsHeard) {
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

TEST_F(StockInterrupt, InMidTransfer) {
  for (const char* profile : {"esp8266-3.x", "esp32-3.0"}) {
    SCOPED_TRACE(profile);
    StockProgram device({profile, "password=secret", "flash-sector=200", "once"});
    interrupt_at(device, "connected; sending");
    EXPECT_THAT(device.end_by_itself(), StartsWith("state=idle bytes="));
  }
}

}  // namespace
}  // namespace otatool::test
