#include "cli/discover/device_names.hpp"

#include <gmock/gmock.h>

#include "cli/discover/device_facts.hpp"

namespace otatool::cli {
namespace {

TEST(NameKind, AddressesAreNoNames) {
  for (const char* const text : {"192.0.2.7", "::1", "2001:db8::7", "fe80::1%eth0"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Address) << text;
  }
}

TEST(NameKind, LocalNamesAndInstancesBelongToMdns) {
  for (const char* const text : {"kitchen.local", "Kitchen.LOCAL.", "Kitchen light", "Küche"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Mdns) << text;
  }
}

TEST(NameKind, DotsBelongToTheSystem) {
  for (const char* const text : {"kitchen.lan", "a.example.com", "localhost", "LOCALHOST"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Dns) << text;
  }
}

TEST(NameKind, OneWordMayBeEither) {
  for (const char* const text : {"kitchen", "esp8266-0a0b0c", "esp_1"}) {
    EXPECT_EQ(kind_of_name(text), NameKind::Either) << text;
  }
}

mdns::Device device() {
  mdns::Device device;
  device.name = "kitchen";
  device.addresses = {{"192.0.2.7", "eth0", false}};
  device.port = 8266;
  device.kind = mdns::Kind::Espota;
  return device;
}

TEST(DeviceFacts, WhereADeviceIs) {
  mdns::Device known = device();
  EXPECT_EQ(describe_device(known), "kitchen at 192.0.2.7:8266");
  known.board = "d1_mini";
  known.addresses = {{"2001:db8::7", "eth0", true}};
  EXPECT_EQ(describe_device(known), "kitchen at [2001:db8::7]:8266 (d1_mini)");
}

TEST(DeviceFacts, OnlyEspotaServicesTakeUploads) {
  EXPECT_TRUE(takes_espota(device()));
  mdns::Device other = device();
  other.kind = mdns::Kind::Esphome;
  EXPECT_FALSE(takes_espota(other));
  mdns::Device nowhere = device();
  nowhere.addresses.clear();
  EXPECT_FALSE(takes_espota(nowhere));
}

}  // namespace
}  // namespace otatool::cli
