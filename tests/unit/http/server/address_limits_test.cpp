#include "http/server/address_limits.hpp"

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

/// Opens connections while they are admitted, at most `most`; returns their number.
std::size_t open(AddressLimits& limits, const std::string& address, std::size_t most = 10'000) {
  std::size_t count = 0;
  for (; count < most && limits.admits(address); ++count) {
    limits.add(address);
  }
  return count;
}

TEST(AddressLimits, OneAddressGetsASixteenth) {
  AddressLimits limits(4096, 0);
  EXPECT_EQ(open(limits, "a"), 256U);
  EXPECT_EQ(open(limits, "b"), 256U);
  limits.remove("a");
  EXPECT_EQ(open(limits, "a"), 1U);
  AddressLimits few(100, 0);
  EXPECT_EQ(open(few, "a"), AddressLimits::kSmallestShare);
  AddressLimits set(4096, 1000);
  EXPECT_EQ(open(set, "a"), 1000U);
}

TEST(AddressLimits, TheLastQuarterIsForAddressesWithFewConnections) {
  AddressLimits limits(100, 90);
  EXPECT_EQ(open(limits, "greedy"), 75U);
  EXPECT_EQ(open(limits, "modest"), AddressLimits::kFew);
  EXPECT_EQ(open(limits, "single", 1), 1U);
  EXPECT_EQ(open(limits, "greedy"), 0U);
  std::size_t others = 0;
  for (int i = 0; i < 100; ++i) {
    others += open(limits, std::to_string(i), 1);
  }
  EXPECT_EQ(others, 20U) << "the whole is never exceeded";
  EXPECT_FALSE(limits.admits("late"));
  limits.remove("single");
  EXPECT_TRUE(limits.admits("late"));
}

TEST(AddressLimits, ExemptAddressesHaveOnlyTheCommonLimit) {
  AddressLimits limits(5, 0);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(limits.admits_exempt());
    limits.add_exempt();
  }
  EXPECT_FALSE(limits.admits_exempt());
  EXPECT_FALSE(limits.admits("a"));
  limits.remove_exempt();
  EXPECT_TRUE(limits.admits("a"));
}

}  // namespace
}  // namespace otatool::http
