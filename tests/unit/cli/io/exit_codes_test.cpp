#include "cli/io/exit_codes.hpp"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/unit/cli/all_codes.hpp"

namespace otatool::cli {
namespace {

TEST(ExitCodes, EveryErrorHasADocumentedExitCode) {
  const std::set<int> contract = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130};
  std::set<int> used;
  for (const Errc code : all_codes()) {
    EXPECT_TRUE(contract.contains(exit_code(code))) << to_string(code);
    used.insert(exit_code(code));
  }
  EXPECT_EQ(used, contract);
}

TEST(ExitCodes, MatchTheDocumentedNumbers) {
  EXPECT_EQ(exit_code(Errc::Internal), 1);
  EXPECT_EQ(exit_code(Errc::Usage), 2);
  EXPECT_EQ(exit_code(Errc::NotFound), 3);
  EXPECT_EQ(exit_code(Errc::PasswordNeeded), 4);
  EXPECT_EQ(exit_code(Errc::PasswordRefused), 4);
  EXPECT_EQ(exit_code(Errc::NoConnectionBack), 5);
  EXPECT_EQ(exit_code(Errc::DeviceReported), 6);
  EXPECT_EQ(exit_code(Errc::NotAnImage), 7);
  EXPECT_EQ(exit_code(Errc::DoesNotFit), 7);
  EXPECT_EQ(exit_code(Errc::SignatureInvalid), 8);
  EXPECT_EQ(exit_code(Errc::KeyUnusable), 8);
  EXPECT_EQ(exit_code(Errc::VerdictLost), 9);
  EXPECT_EQ(exit_code(Errc::SomeFailed), 10);
  EXPECT_EQ(exit_code(Errc::Interrupted), 130);
}

TEST(ExitCodes, EveryErrorHasItsOwnName) {
  std::set<std::string_view> names;
  for (const Errc code : all_codes()) {
    EXPECT_TRUE(names.insert(to_string(code)).second) << to_string(code);
  }
}

}  // namespace
}  // namespace otatool::cli
