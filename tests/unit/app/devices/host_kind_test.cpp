#include "app/devices/host_kind.hpp"

#include <gtest/gtest.h>

namespace otatool::app {
namespace {

TEST(NameKind, IpLiteralsAreAddresses) {
  for (const char* const text : {"192.0.2.7", "::1", "2001:db8::7", "fe80::1%eth0"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Address) << text;
    EXPECT_FALSE(may_be_mdns(text)) << text;
  }
}

TEST(NameKind, LocalNamesAndInstanceNamesAreMdns) {
  for (const char* const text : {"kitchen.local", "Kitchen.LOCAL.", "Kitchen light", "Küche"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Mdns) << text;
    EXPECT_TRUE(may_be_mdns(text)) << text;
  }
}

TEST(NameKind, NamesWithDotsMayBeThoseOfInstances) {
  for (const char* const text : {"kitchen.lamp", "kitchen.lan", "a.example.com"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Dotted) << text;
    EXPECT_TRUE(may_be_mdns(text)) << text;
  }
}

TEST(NameKind, LocalhostIsThisComputer) {
  for (const char* const text : {"localhost", "LOCALHOST"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Own) << text;
    EXPECT_FALSE(may_be_mdns(text)) << text;
  }
}

TEST(NameKind, OneWordMayBeEither) {
  for (const char* const text : {"kitchen", "esp8266-0a0b0c", "esp_1"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Either) << text;
    EXPECT_TRUE(may_be_mdns(text)) << text;
  }
}

TEST(IsHostName, InstanceNamesAndAddressesAreNone) {
  for (const char* const text : {"kitchen", "kitchen.local.", "a.example.com", "esp_1"}) {
    EXPECT_TRUE(is_host_name(text)) << text;
  }
  for (const char* const text : {"", "Kitchen light", "Küche", "192.0.2.7", "fe80::1%eth0"}) {
    EXPECT_FALSE(is_host_name(text)) << text;
  }
}

TEST(AddressFamily, OnlyLiteralsHaveOne) {
  EXPECT_EQ(address_family("192.0.2.7"), AddressFamily::IPv4);
  EXPECT_EQ(address_family("fe80::1%eth0"), AddressFamily::IPv6);
  for (const char* const text : {"", "kitchen", "192.0.2", "192.0.2.7%eth0", "fe80::1%"}) {
    EXPECT_EQ(address_family(text), AddressFamily::None) << text;
  }
}

TEST(LacksZone, OnlyLinkLocalAddressesNeedOne) {
  EXPECT_TRUE(lacks_zone("fe80::1"));
  EXPECT_FALSE(lacks_zone("fe80::1%eth0"));
  EXPECT_FALSE(lacks_zone("2001:db8::7"));
  EXPECT_FALSE(lacks_zone("169.254.1.1"));
}

}  // namespace
}  // namespace otatool::app
