#include "otatool/http/version_order.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

TEST(VersionOrder, FollowsSemanticVersioning) {
  // The chain of Semantic Versioning 2.0.0, 11, and numbers that text order gets wrong.
  constexpr std::array kAscending = {"0.9.9",
                                     "1.0.0-alpha",
                                     "1.0.0-alpha.1",
                                     "1.0.0-alpha.beta",
                                     "1.0.0-beta",
                                     "1.0.0-beta.2",
                                     "1.0.0-beta.11",
                                     "1.0.0-rc.1",
                                     "1.0.0",
                                     "1.2.0",
                                     "1.10.0",
                                     "2.0.0",
                                     "2.0.0.1",
                                     "99999999999999999999999.0.0",
                                     "100000000000000000000000.0.0"};
  for (std::size_t i = 0; i < kAscending.size(); ++i) {
    for (std::size_t j = 0; j < kAscending.size(); ++j) {
      EXPECT_EQ(compare_versions(kAscending.at(i), kAscending.at(j)),
                std::partial_ordering(i <=> j))
          << kAscending.at(i) << " and " << kAscending.at(j);
    }
  }
}

TEST(VersionOrder, FormsOfOneVersionAreEquivalent) {
  constexpr auto kSame = std::partial_ordering::equivalent;
  EXPECT_EQ(compare_versions("v2.1", "2.1.0"), kSame);
  EXPECT_EQ(compare_versions("V2", "2.0.0.0"), kSame);
  EXPECT_EQ(compare_versions("1.2.3+build.5", "1.2.3"), kSame);
  EXPECT_EQ(compare_versions("1.02.3", "1.2.3"), kSame);
  EXPECT_EQ(compare_versions("nightly", "nightly"), kSame);
}

TEST(VersionOrder, OtherTextsHaveNoOrder) {
  for (const char* text : {"",
                           "nightly",
                           "1.",
                           ".1",
                           "1..2",
                           "1.2.3.4.5",
                           "1.2-",
                           "1.2+",
                           "1.2-a..b",
                           "1.2-a_b",
                           "v",
                           "1 .2",
                           "-1",
                           "1.2.3-rc+"}) {
    EXPECT_EQ(compare_versions(text, "1.2.3"), std::partial_ordering::unordered) << text;
    EXPECT_EQ(compare_versions("1.2.3", text), std::partial_ordering::unordered) << text;
  }
}

}  // namespace
}  // namespace otatool::http
