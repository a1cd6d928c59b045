#include "app/devices/subnet.hpp"

#include <gmock/gmock.h>

namespace otatool::app {
namespace {

using testing::ElementsAre;

TEST(Subnet, HasTheFormOfAnAddressWithBits) {
  EXPECT_TRUE(is_subnet("192.168.1.0/24"));
  EXPECT_TRUE(is_subnet("10.0.0.0/8"));
  EXPECT_TRUE(is_subnet("fe80::/64"));
  EXPECT_FALSE(is_subnet("192.168.1.0"));
  EXPECT_FALSE(is_subnet("kitchen/24"));
}

TEST(Subnet, ListsItsHosts) {
  EXPECT_THAT(*hosts_of_subnet("192.168.1.6/30"), ElementsAre("192.168.1.5", "192.168.1.6"));
  EXPECT_THAT(*hosts_of_subnet("192.168.1.6/31"), ElementsAre("192.168.1.6", "192.168.1.7"));
  EXPECT_THAT(*hosts_of_subnet("192.168.1.6/32"), ElementsAre("192.168.1.6"));
  const auto large = hosts_of_subnet("10.0.4.0/22");
  ASSERT_TRUE(large);
  EXPECT_EQ(large->size(), 1022U);
  EXPECT_EQ(large->front(), "10.0.4.1");
  EXPECT_EQ(large->back(), "10.0.7.254");
}

TEST(Subnet, RefusesOtherTexts) {
  for (const char* const text :
       {"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/21", "10.0.0.0/33", "10.0.0/24", "fe80::/64"}) {
    const auto hosts = hosts_of_subnet(text);
    ASSERT_FALSE(hosts) << text;
    EXPECT_EQ(hosts.error().code(), Errc::Usage) << text;
  }
}

}  // namespace
}  // namespace otatool::app
