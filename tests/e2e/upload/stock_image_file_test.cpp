// The image file is read once, before the invitation: later changes of the file do not affect the
// upload. A broken stdout does not affect it either.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using StockImageFile = StockUpload;

TEST_F(StockImageFile, MayBeTruncatedReplacedOrRemovedDuringTheUpload) {
  for (const std::string change : {"cut", "replaced", "removed"}) {
    SCOPED_TRACE(change);
    use_image(sketch_of(60'000));
    StockProgram device({"esp8266-3.x", "flash-sector=100"});
    Process upload(upload_call({device.target(), "-v", "--retries", "0"}));
    ASSERT_TRUE(upload.wait_for_error("inviting"));
    if (change == "cut") {
      std::filesystem::resize_file(image_path_, 10);
    } else if (change == "replaced") {
      folder_.write("firmware.bin", std::string(90'000, 'x'));
    } else {
      std::filesystem::remove(image_path_);
    }
    const Outcome outcome = upload.wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(device.end_by_itself(),
                StartsWith("state=restarted bytes=60000 md5=" + image_md5()));
  }
}

TEST_F(StockImageFile, IsReadFromStdin) {
  StockProgram device({"esp8266-3.x"});
  ProgramCall call = upload_call({device.target(), "--retries", "0"});
  call.arguments.at(1) = "-";
  call.input = image_;
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(device.end_by_itself(), HasSubstr("md5=" + image_md5()));
}

class StockOutput : public StockUpload {
 protected:
  [[nodiscard]] Outcome upload_through(const StockProgram& device, const std::string& tail) const {
    return run({.program = "/bin/sh",
                .arguments = {"-c",
                              "\"$0\" upload \"$1\" \"$2\" --retries 0 " + tail,
                              OTATOOL_BINARY,
                              image_path_,
                              device.target()}});
  }
};

TEST_F(StockOutput, AFullDeviceDoesNotStopTheUpload) {
  for (const std::string tail : {">/dev/full", ">&-"}) {
    SCOPED_TRACE(tail);
    StockProgram device({"esp8266-3.x"});
    const Outcome outcome = upload_through(device, tail);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.error, HasSubstr("cannot write to stdout"));
    EXPECT_THAT(device.end_by_itself(), HasSubstr("md5=" + image_md5()));
  }
}

TEST_F(StockOutput, AClosedPipeDoesNotStopTheUpload) {
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome = upload_through(device, "--json | true");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(device.end_by_itself(), HasSubstr("md5=" + image_md5()));
}

TEST_F(StockOutput, AFailedUploadKeepsItsExitCode) {
  StockProgram device({"esp8266-3.x", "partition=1000"});
  EXPECT_EQ(upload_through(device, "2>/dev/full").exit_code, 6);
  EXPECT_EQ(upload_through(device, "--json >/dev/full").exit_code, 6);
}

TEST_F(StockUpload, WaitsForADeviceThatStartsLater) {
  std::string port;
  {
    StockProgram earlier({"esp8266-3.x"});
    port = earlier.port();
    earlier.end();
  }
  Process upload(upload_call({"127.0.0.1:" + port, "--wait", "60", "-vv", "--retries", "0"}));
  ASSERT_TRUE(upload.wait_for_error(" > 0 "));
  StockProgram device({"esp8266-3.x", "port=" + port});
  EXPECT_EQ(device.port(), port);
  const Outcome outcome = upload.wait();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(device.end_by_itself(), HasSubstr("md5=" + image_md5()));
}

}  // namespace
}  // namespace otatool::test
