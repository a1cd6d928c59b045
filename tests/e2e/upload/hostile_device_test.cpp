// Devices that never end an upload by themselves.
#include <regex>
#include <semaphore>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/hostile_peer.hpp"
#include "tests/support/patience.hpp"

namespace otatool::test {
namespace {

using HostileUpload = StockUpload;

TEST_F(HostileUpload, EndsAlthoughADeviceSendsDigitsAndTakesNothing) {
  use_image(sketch_of(400'000));
  HostileDevice device([](const HostileConnection& host) { host.drip("1"); });
  const Outcome outcome =
      run(upload_call({device.target(), "--retries", "0", "--stall-timeout", "1"}));
  expect_failure(outcome, 5, "the transfer stalled after ", "");
}

TEST_F(HostileUpload, EndsAlthoughADeviceSendsDigitsAsFastAsItCan) {
  use_image(sketch_of(400'000));
  HostileDevice device([](const HostileConnection& host) {
    while (host.send("1")) {
    }
  });
  const Outcome outcome = run(upload_call({device.target(), "--retries", "0"}));
  expect_failure(outcome, 6, "bytes of acknowledgements and no verdict", "");
}

TEST_F(HostileUpload, MaxTimeEndsADeviceThatTakesTheImageByteByByte) {
  use_image(sketch_of(400'000));
  HostileDevice device([](const HostileConnection& host) {
    while (!host.receive().empty()) {
      host.drip("1");
    }
  });
  const Outcome outcome =
      run(upload_call({device.target(), "--retries", "50", "--max-time", "1.5"}));
  expect_failure(outcome, 5, "it did not end within 1.5 s", "--max-time");
}

TEST_F(HostileUpload, SaysWhatADeviceConsumedThatStopsReading) {
  constexpr int kWindow = 5840;  // of an ESP8266
  use_image(sketch_of(600'000));
  static const std::regex kStall(
      R"(stalled after (\d+) of 600000 bytes \(\d+ %\) \(its last reply came after (\d+) bytes\))");
  // The upload gives up before the reply if the thread of the device runs too late.
  EXPECT_TRUE(eventually([this] {
    std::size_t taken = 0;
    std::binary_semaphore upload_ended(0);
    HostileDevice device(
        [&](const HostileConnection& host) {
          taken = host.receive().size();
          host.send(std::to_string(taken));
          // In lock-step, further bytes come only after the upload has read the reply.
          [[maybe_unused]] const std::string next = host.receive();
          upload_ended.acquire();
        },
        kWindow);
    const Outcome outcome = run(upload_call({device.target(),
                                             "--lockstep",
                                             "--gzip",
                                             "never",
                                             "--retries",
                                             "0",
                                             "--stall-timeout",
                                             "1"}));
    upload_ended.release();
    std::smatch stall;
    if (!std::regex_search(outcome.error, stall, kStall)) {
      return false;
    }
    EXPECT_EQ(outcome.exit_code, 5) << outcome.error;
    const std::size_t delivered = std::stoul(stall[1]);
    const std::size_t at_reply = std::stoul(stall[2]);
    EXPECT_GE(at_reply, taken);
    EXPECT_LE(delivered - taken, 2U * kWindow) << "the buffer of the system, with its bookkeeping";
    return delivered > at_reply;
  }));
}

}  // namespace
}  // namespace otatool::test
