#include "otatool/mdns/name.hpp"

#include <gmock/gmock.h>

namespace otatool::mdns {
namespace {

using testing::ElementsAre;

Name parsed(std::string_view text) {
  return Name::parse(text).value();
}

TEST(Name, ReadsLabels) {
  EXPECT_THAT(parsed("kitchen.local").labels(), ElementsAre("kitchen", "local"));
  EXPECT_THAT(parsed("kitchen.local.").labels(), ElementsAre("kitchen", "local"));
  EXPECT_TRUE(parsed("").is_root());
  EXPECT_TRUE(parsed(".").is_root());
}

TEST(Name, KeepsDotsAndBackslashesInsideALabel) {
  const Name odd = parsed(R"(a\.b\\c._http._tcp.local)");
  EXPECT_THAT(odd.labels(), ElementsAre("a.b\\c", "_http", "_tcp", "local"));
  EXPECT_EQ(odd.to_text(), R"(a\.b\\c._http._tcp.local)");
}

TEST(Name, ComparisonIgnoresAsciiCase) {
  EXPECT_EQ(parsed("Kitchen.LOCAL"), parsed("kitchen.local"));
  EXPECT_NE(parsed("kitchen.local"), parsed("kitchen"));
  EXPECT_NE(parsed("\xC3\x84.local"), parsed("\xC3\xA4.local"));
  EXPECT_TRUE(std::is_lt(parsed("a.local") <=> parsed("B.local")));
  EXPECT_TRUE(std::is_eq(parsed("A.local") <=> parsed("a.local")));
}

TEST(Name, RefusesNamesThatDoNotFitIntoAPacket) {
  EXPECT_FALSE(Name::parse("a..b"));
  EXPECT_FALSE(Name::parse(".a"));
  EXPECT_TRUE(Name::parse(std::string(63, 'x')));
  EXPECT_FALSE(Name::parse(std::string(64, 'x')));
  const std::string label = std::string(62, 'x') + ".";
  EXPECT_TRUE(Name::parse(label + label + label + label + "x"));
  EXPECT_FALSE(Name::parse(label + label + label + label + "xxx"));
}

TEST(Name, KnowsItsParents) {
  EXPECT_TRUE(parsed("kitchen._arduino._tcp.local").is_below(parsed("_Arduino._tcp.local")));
  EXPECT_FALSE(parsed("_arduino._tcp.local").is_below(parsed("_arduino._tcp.local")));
  EXPECT_FALSE(parsed("x._http._tcp.local").is_below(parsed("_arduino._tcp.local")));
}

}  // namespace
}  // namespace otatool::mdns
