// Five hundred virtual devices in one process, and one otatool that updates them all.
#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.hpp"
#include "tests/support/raw_host.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr int kDevices = 500;

TEST(DeviceFarm, FiveHundredDevicesTakeOneImageEach) {
  Process farm({.program = DEVICE_FARM_BINARY,
                .arguments = {std::to_string(kDevices)},
                .timeout = std::chrono::seconds(100)});
  std::string targets;
  for (int i = 0; i < kDevices; ++i) {
    const auto port = farm.read_line();
    ASSERT_TRUE(port);
    targets += "127.0.0.1:" + *port + "\n";
  }
  const TemporaryFolder folder;
  const std::string list = folder.write("targets.txt", targets);
  const std::string image = folder.write("image.bin", sample_application(20'000));
  const Outcome upload =
      run({.program = OTATOOL_BINARY,
           .arguments =
               {"upload", image, "--force", "not-an-image", "--targets", list, "--jobs", "500"},
           .timeout = std::chrono::seconds(90)});
  EXPECT_EQ(upload.exit_code, 0) << upload.error;
  EXPECT_THAT(upload.output, HasSubstr("500 of 500 devices updated"));
  EXPECT_TRUE(farm.wait_for_output("all applied"));
  farm.send_signal(SIGTERM);
  EXPECT_THAT(farm.wait().output, EndsWith("applied 500\n"));
}

}  // namespace
}  // namespace otatool::test
