#include "cli/hints.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/cli/all_codes.hpp"

namespace otatool::cli {
namespace {

TEST(Hints, EveryCodeHasOneUnlessThereIsNothingToAdvise) {
  const std::set<Errc> hintless = {Errc::Interrupted};
  for (const Errc code : all_codes()) {
    EXPECT_EQ(hint_for(code).empty(), hintless.contains(code)) << to_string(code);
  }
}

TEST(Hints, AreOneLineInTheStyleOfAllMessages) {
  for (const Errc code : all_codes()) {
    const std::string_view hint = hint_for(code);
    EXPECT_EQ(hint.find('\n'), std::string_view::npos) << hint;
    EXPECT_FALSE(hint.ends_with('.')) << hint;
    EXPECT_FALSE(!hint.empty() && hint[0] >= 'A' && hint[0] <= 'Z') << hint;
    EXPECT_LE(hint.size(), 180U) << hint;
  }
}

TEST(Hints, NameTheVariableWhereASecretIsMissing) {
  EXPECT_NE(hint_for(Errc::PasswordNeeded).find("OTATOOL_PASSWORD"), std::string_view::npos);
  EXPECT_NE(hint_for(Errc::PassphraseNeeded).find("OTATOOL_KEY_PASSPHRASE"),
            std::string_view::npos);
}

TEST(Hints, PointToTheCommandAfterAUsageError) {
  EXPECT_EQ(usage_hint(""), "'otatool help' lists the commands");
  EXPECT_EQ(usage_hint("sign"), "'otatool help sign' shows its options, with examples");
}

}  // namespace
}  // namespace otatool::cli
