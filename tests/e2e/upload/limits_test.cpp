// Memory that an upload may need on the host, for one device and for 500.
#include <cstddef>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/fleet_fixture.hpp"

namespace otatool::test {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;

TEST_F(Fleet, FiveHundredDevicesNeedLittleMemory) {
  use_image(sketch_of(400 * 1024));
  Farm farm(500, folder_);
  const Outcome outcome = upload_within("-n 4096", farm.list());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_TRUE(farm.all_applied());
  EXPECT_LT(outcome.peak_memory_bytes, 128 * kMebibyte);
}

TEST_F(Fleet, AnUploadOfOneMebibyteNeedsLittleMemory) {
  use_image(sketch_of(kMebibyte - 16));
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome = upload(device);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_LE(outcome.peak_memory_bytes, 10 * kMebibyte);
}

}  // namespace
}  // namespace otatool::test
