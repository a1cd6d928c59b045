#include "http/server/descriptor_shares.hpp"

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

TEST(DescriptorShares, ALargeLimitAllowsWhatIsWanted) {
  const DescriptorShares shares = share_descriptors(20'000, 4096, 100);
  EXPECT_EQ(shares.limit, 20'000U);
  EXPECT_EQ(shares.connections, 4096U);
  EXPECT_EQ(shares.refused, 64U);
  EXPECT_EQ(shares.files, 256U);
}

TEST(DescriptorShares, NeverPromisesMoreThanTheLimit) {
  for (const std::size_t pinned : {0U, 4U, 400U}) {
    for (std::size_t limit = pinned + 40; limit < 5000; limit += 7) {
      const DescriptorShares shares = share_descriptors(limit, 4096, pinned);
      EXPECT_GE(shares.connections, 1U);
      EXPECT_GE(shares.files, 2U);
      EXPECT_LE(pinned + 32 + 2 * shares.connections + shares.refused + shares.files, limit);
    }
  }
}

TEST(DescriptorShares, ATinyLimitStillAllowsOneConnection) {
  for (std::size_t limit = 0; limit < 40; ++limit) {
    EXPECT_EQ(share_descriptors(limit, 4096, 10).connections, 1U) << limit;
  }
}

}  // namespace
}  // namespace otatool::http
