#include "otatool/glob.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool {
namespace {

TEST(Glob, MatchesTheWholeText) {
  EXPECT_TRUE(matches_glob("kitchen", "*"));
  EXPECT_TRUE(matches_glob("", "*"));
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_TRUE(matches_glob("kitchen", "k?tch?n"));
  EXPECT_TRUE(matches_glob("1.2.3", "1.*"));
  EXPECT_TRUE(matches_glob("axxbxbc", "a*b*c"));
  EXPECT_TRUE(matches_glob("abab-abac", "*ab*ac"));
  EXPECT_TRUE(matches_glob("5C:CF:7F:01:02:03", "5C:CF:7F:??:*"));
  EXPECT_FALSE(matches_glob("kitchen", "kitche"));
  EXPECT_FALSE(matches_glob("kitchen", "KIT*"));
  EXPECT_FALSE(matches_glob("kitchen", "*x*"));
  EXPECT_FALSE(matches_glob("11.2", "1.*"));
  EXPECT_FALSE(matches_glob("1.", "1.?"));
  EXPECT_FALSE(matches_glob("x", ""));
  EXPECT_FALSE(matches_glob("", "?"));
  EXPECT_FALSE(matches_glob("abc", "a*b"));
}

TEST(Glob, MatchesClasses) {
  EXPECT_TRUE(matches_glob("lamp-3", "lamp-[0-5]"));
  EXPECT_TRUE(matches_glob("lamp-7", "lamp-[!0-5]"));
  EXPECT_TRUE(matches_glob("lamp-]", "lamp-[]]"));
  EXPECT_TRUE(matches_glob("lamp-!", "lamp-[!]"));
  EXPECT_TRUE(matches_glob("a[b", "a[b"));
  EXPECT_FALSE(matches_glob("lamp-7", "lamp-[0-5]"));
  EXPECT_FALSE(matches_glob("lamp-3", "lamp-[!0-5]"));
}

TEST(Glob, DoesNotBacktrackExponentially) {
  EXPECT_FALSE(matches_glob(std::string(5'000, 'a'), "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"));
}

}  // namespace
}  // namespace otatool
