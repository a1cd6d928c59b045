// What other users of the computer see of a running otatool in the process list, and what its own
// user sees of its memory.
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

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

/// The owner of the memory: of a process that has closed it root, else its user.
uid_t owner_of(const Process& process) {
  struct stat facts {};
  EXPECT_EQ(stat(("/proc/" + std::to_string(process.pid()) + "/mem").c_str(), &facts), 0);
  return facts.st_uid;
}

TEST(ProcessMemory, IsClosedOnceASecretIsHeld) {
  if (geteuid() == 0) {
    GTEST_SKIP() << "root owns the memory of its processes in any case";
  }
  Process without({.program = OTATOOL_BINARY, .arguments = {"mdns-discovery"}});
  without.write_input("HELLO 1 \"test\"\n");
  ASSERT_TRUE(without.read_line());
  EXPECT_EQ(owner_of(without), geteuid());
  Process with({.program = OTATOOL_BINARY,
                .arguments = {"device", "--port", "0", "--no-announce", "--password-file", "-"},
                .input = "s3cret-text\n"});
  ASSERT_TRUE(with.wait_for_error("listening"));
  EXPECT_NE(owner_of(with), geteuid());
}

}  // namespace
}  // namespace otatool::test
