#include "files/core_dumps.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace otatool::files {
namespace {

TEST(CoreDumps, AreForbidden) {
  ASSERT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
  EXPECT_EXIT(
      {
        forbid_core_dumps();
        _exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
      },
      ::testing::ExitedWithCode(0),
      "");
}

}  // namespace
}  // namespace otatool::files
