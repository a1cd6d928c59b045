#include "otatool/mdns/device.hpp"

#include <gtest/gtest.h>

namespace otatool::mdns {
namespace {

Device kitchen() {
  Device device;
  device.name = "Kitchen lamp";
  device.host = "esp32-0a0b0c.local";
  device.txt = {{"board", "esp32"}, {"Auth_Upload", "yes"}};
  return device;
}

TEST(Device, IsNamedByInstanceAndHost) {
  for (const char* name : {"Kitchen lamp",
                           "kitchen LAMP",
                           "Kitchen lamp.local",
                           "esp32-0a0b0c",
                           "ESP32-0A0B0C.local",
                           "esp32-0a0b0c.LOCAL."}) {
    EXPECT_TRUE(is_named(kitchen(), name)) << name;
  }
  for (const char* name : {"kitchen", "", ".local", "local", "esp32", "esp32-0a0b0c.lan"}) {
    EXPECT_FALSE(is_named(kitchen(), name)) << name;
  }
}

TEST(Device, FindsTxtKeysInAnyCase) {
  EXPECT_EQ(txt_value(kitchen(), "auth_upload"), "yes");
  EXPECT_EQ(txt_value(kitchen(), "BOARD"), "esp32");
  EXPECT_FALSE(txt_value(kitchen(), "version"));
}

TEST(Device, PrefersIpv4) {
  Device device = kitchen();
  EXPECT_EQ(best_address(device), "");
  device.addresses = {{.ip = "fe80::1%eth0", .interface = "eth0", .ipv6 = true}};
  EXPECT_EQ(best_address(device), "fe80::1%eth0");
  device.addresses.push_back({.ip = "10.0.0.7", .interface = "eth0"});
  EXPECT_EQ(best_address(device), "10.0.0.7");
}

TEST(Device, GlobsMatchInstanceOrHost) {
  EXPECT_TRUE(name_matches_glob(kitchen(), "kitchen*"));
  EXPECT_TRUE(name_matches_glob(kitchen(), "KITCH[a-f]N*"));
  EXPECT_TRUE(name_matches_glob(kitchen(), "esp32-*c"));
  EXPECT_TRUE(name_matches_glob(kitchen(), "esp32-*.local"));
  EXPECT_FALSE(name_matches_glob(kitchen(), "esp8266-*"));
}

}  // namespace
}  // namespace otatool::mdns
