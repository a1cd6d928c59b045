// A successful upload, a failed one and a refused one under valgrind: no memory errors, no leaks
// and no open descriptors at the exit.
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"

namespace otatool::test {
namespace {

class UploadLeak : public StockUpload {
 protected:
  void SetUp() override {
    ASSERT_FALSE(std::string_view(VALGRIND_PROGRAM).ends_with("NOTFOUND"))
        << "scripts/install-deps installs valgrind";
  }

  void expect_clean(const std::vector<std::string>& arguments, int exit_code) const {
    const ProgramCall upload = upload_call(arguments);
    ProgramCall call{.program = VALGRIND_PROGRAM,
                     .arguments = {"--track-fds=yes",
                                   "--leak-check=full",
                                   "--errors-for-leak-kinds=definite",
                                   "--error-exitcode=99",
                                   "--log-file=" + (folder_ / "valgrind.log").string(),
                                   OTATOOL_BINARY},
                     .timeout = std::chrono::seconds(120)};
    call.arguments.insert(call.arguments.end(), upload.arguments.begin(), upload.arguments.end());
    const Outcome outcome = run(call);
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.error << folder_.read("valgrind.log");
    expect_no_open_descriptors(folder_.read("valgrind.log"));
  }

 private:
  /// Each entry is followed by the place where the descriptor was opened, or by the note that it
  /// was inherited.
  static void expect_no_open_descriptors(const std::string& log) {
    EXPECT_THAT(log, ::testing::HasSubstr("FILE DESCRIPTORS: "));
    std::istringstream lines(log);
    std::string entry;
    for (std::string line; std::getline(lines, line);) {
      if (!entry.empty()) {
        EXPECT_THAT(line, ::testing::HasSubstr("<inherited from parent>")) << entry;
      }
      entry = line.find("Open ") != std::string::npos ? line : "";
    }
  }
};

TEST_F(UploadLeak, NoLeakAfterASuccess) {
  StockProgram device({"esp8266-3.x"});
  expect_clean({device.target(), "--retries", "0", "--timeout", "60"}, 0);
}

TEST_F(UploadLeak, NoLeakAfterAFailure) {
  StockProgram device({"esp32-3.0", "resets-at=20000"});
  expect_clean({device.target(), "--retries", "0", "--timeout", "60"}, 5);
}

TEST_F(UploadLeak, NoLeakAfterARefusal) {
  StockProgram device({"esp8266-3.x", "partition=1000"});
  expect_clean({device.target(), "--retries", "0", "--timeout", "60"}, 6);
  expect_clean({device.target(), "--fs"}, 7);
}

}  // namespace
}  // namespace otatool::test
