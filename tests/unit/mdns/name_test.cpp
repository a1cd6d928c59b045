#include "otatool/mdns/name.hpp"

#include <gmock/gmock.h>

namespace otatool::mdns {
namespace {

using testing::ElementsAre;

Name name(std::string_view text) {
  return Name::parse(text).value();
}

TEST(Name, ReadsLabels) {
  EXPECT_THAT(name("kitchen.local").labels(), ElementsAre("kitchen", "local"));
  EXPECT_THAT(name("kitchen.local.").labels(), ElementsAre("kitchen", "local"));
  EXPECT_TRUE(name("").is_root());
  EXPECT_TRUE(name(".").is_root());
}

TEST(Name, KeepsDotsAndBackslashesInsideALabel) {
  const Name odd = name(R"(a\.b\\c._http._tcp.local)");
  EXPECT_THAT(odd.labels(), ElementsAre("a.b\\c", "_http", "_tcp", "local"));
  EXPECT_EQ(odd.to_text(), R"(a\.b\\c._http._tcp.local)");
}

TEST(Name, ComparesWithoutCaseInAscii) {
  EXPECT_EQ(name("Kitchen.LOCAL"), name("kitchen.local"));
  EXPECT_NE(name("kitchen.local"), name("kitchen"));
  EXPECT_NE(name("\xC3\x84.local"), name("\xC3\xA4.local"));
  EXPECT_TRUE(std::is_lt(name("a.local") <=> name("B.local")));
  EXPECT_TRUE(std::is_eq(name("A.local") <=> name("a.local")));
}

TEST(Name, RefusesWhatCannotBeInAPacket) {
  EXPECT_FALSE(Name::parse("a..b"));
  EXPECT_FALSE(Name::parse(".a"));
  EXPECT_TRUE(Name::parse(std::string(63, 'x')));
  EXPECT_FALSE(Name::parse(std::string(64, 'x')));
  const std::string label = std::string(62, 'x') + ".";
  EXPECT_TRUE(Name::parse(label + label + label + label + "x"));
  EXPECT_FALSE(Name::parse(label + label + label + label + "xxx"));
}

TEST(Name, KnowsWhatIsBelow) {
  EXPECT_TRUE(name("kitchen._arduino._tcp.local").is_below(name("_Arduino._tcp.local")));
  EXPECT_FALSE(name("_arduino._tcp.local").is_below(name("_arduino._tcp.local")));
  EXPECT_FALSE(name("x._http._tcp.local").is_below(name("_arduino._tcp.local")));
}

}  // namespace
}  // namespace otatool::mdns
