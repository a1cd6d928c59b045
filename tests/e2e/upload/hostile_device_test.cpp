// Devices that never end an upload by themselves.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/hostile_peer.hpp"

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

}  // namespace
}  // namespace otatool::test
