#include "otatool/delivery/identity.hpp"

#include <gtest/gtest.h>

namespace otatool::delivery {
namespace {

TEST(Identity, AVersionIsTheSameInTheSpellingsOfTheFamilies) {
  EXPECT_TRUE(is_version("15.2.0(tasmota)", "15.2.0"));
  EXPECT_TRUE(is_version("15.2.0(tasmota)", "15.2.0(tasmota)"));
  EXPECT_TRUE(is_version("v26.3.30", "26.3.30"));
  EXPECT_TRUE(is_version("1.4", "v1.4"));
  EXPECT_TRUE(is_version("20230913-112003/v1.14.0-gcb84623", "1.14.0"));
  EXPECT_FALSE(is_version("15.2.0(tasmota)", "15.2"));
  EXPECT_FALSE(is_version("1.4", "1.4.1"));
  EXPECT_FALSE(is_version("version", "ersion")) << "v belongs to the word";
  EXPECT_FALSE(is_version("", ""));
  EXPECT_FALSE(is_version("(x)", "")) << "an image without a version runs nowhere";
}

TEST(Identity, ABuildIsTheImageItself) {
  const ImageIdentity image{.version = "1.1", .builds = {"abc"}};
  EXPECT_TRUE(runs({"1.0", "abc"}, image));
  EXPECT_TRUE(runs({"1.1", "def"}, image));
  EXPECT_FALSE(runs({"1.0", "def"}, image));
  EXPECT_TRUE(runs_build({"", "abc"}, image));
  EXPECT_FALSE(runs_build({"1.1", ""}, image));
}

}  // namespace
}  // namespace otatool::delivery
