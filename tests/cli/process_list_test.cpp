// What other users of the computer see of a running otatool in the process list.
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string command_line_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ProcessList, DoesNotShowThePassword) {
  for (const std::string option : {"--password=", "--password"}) {
    std::vector<std::string> words = {"upload", "-", "192.0.2.1", "--dry-run"};
    if (option.ends_with('=')) {
      words.push_back(option + "s3cret-text");
    } else {
      words.insert(words.end(), {option, "s3cret-text"});
    }
    // The program waits for the image on stdin, which stays open.
    Process process({.program = OTATOOL_BINARY, .arguments = words});
    ASSERT_TRUE(process.wait_for_error("process list"));
    const std::string seen = command_line_of(process.pid());
    EXPECT_THAT(seen, HasSubstr("upload"));
    EXPECT_THAT(seen, HasSubstr("***********"));
    EXPECT_THAT(seen, Not(HasSubstr("s3cret")));
    process.close_input();
    EXPECT_THAT(process.wait().error, Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace otatool::test
