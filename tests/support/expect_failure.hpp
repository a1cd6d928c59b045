// Checks the output of a failed command.
#pragma once

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.hpp"

namespace otatool::test {

/// Checks exit code, error message and hint.
inline void expect_failure(const Outcome& outcome,
                           int exit_code,
                           const std::string& what,
                           const std::string& hint) {
  using ::testing::HasSubstr;
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.error;
  EXPECT_THAT(outcome.error, ::testing::AllOf(HasSubstr("otatool: error: "), HasSubstr(what)));
  const std::size_t start = outcome.error.find("otatool: hint: ");
  ASSERT_NE(start, std::string::npos) << outcome.error;
  EXPECT_THAT(outcome.error.substr(start), HasSubstr(hint));
}

}  // namespace otatool::test
