#include "tests/support/process.hpp"

#include <gtest/gtest.h>

namespace otatool::test {
namespace {

// With signal 0, which does nothing even where it would reach every process.
TEST(ProcessTest, AfterItsEndASignalReachesNobody) {
  Process process({.program = "/bin/true", .arguments = {}});
  EXPECT_EQ(process.wait().exit_code, 0);
  EXPECT_FALSE(process.send_signal(0));
  EXPECT_EQ(process.wait().exit_code, -1);
}

}  // namespace
}  // namespace otatool::test
