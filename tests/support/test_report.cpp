// Linked into every test program. After a failed test it prints what the programs that the test
// started wrote; at the end it tells ctest if every test was skipped.
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/support/program_log.hpp"

namespace otatool::test {
namespace {

class TestReport : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override { program_log().ended.clear(); }

  void OnTestEnd(const testing::TestInfo& test) override {
    if (!test.result()->Failed()) {
      return;
    }
    for (const ProgramRecord& record : program_log().ended) {
      std::fputs(describe(record).c_str(), stdout);
    }
    for (const auto& [process, record] : program_log().running) {
      std::fputs(describe(record()).c_str(), stdout);
    }
  }

  void OnTestProgramEnd(const testing::UnitTest& program) override {
    if (program.skipped_test_count() > 0 &&
        program.skipped_test_count() == program.test_to_run_count()) {
      std::puts("every test was skipped");  // see tests/discover_suites.cmake
    }
  }
};

// gtest owns the listener.
[[maybe_unused]] const bool kRegistered = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new TestReport);
  return true;
}();

}  // namespace
}  // namespace otatool::test
