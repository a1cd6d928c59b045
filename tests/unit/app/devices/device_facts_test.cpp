#include "app/devices/device_facts.hpp"

#include <gtest/gtest.h>

#include "espota_device.hpp"

namespace otatool::app {
namespace {

TEST(DeviceFacts, DescriptionHasNameAddressPortAndBoard) {
  mdns::Device known = espota_device();
  EXPECT_EQ(describe_device(known), "kitchen at 192.0.2.7:8266");
  known.board = "d1_mini";
  known.addresses = {{"2001:db8::7", "eth0", true}};
  EXPECT_EQ(describe_device(known), "kitchen at [2001:db8::7]:8266 (d1_mini)");
}

TEST(DeviceFacts, OnlyReachableEspotaServicesTakeUploads) {
  EXPECT_TRUE(takes_espota(espota_device()));
  mdns::Device esphome = espota_device();
  esphome.kind = mdns::Kind::Esphome;
  EXPECT_FALSE(takes_espota(esphome));
  mdns::Device without_address = espota_device();
  without_address.addresses.clear();
  EXPECT_FALSE(takes_espota(without_address));
  mdns::Device without_port = espota_device();
  without_port.port = 0;
  EXPECT_FALSE(takes_espota(without_port));
}

}  // namespace
}  // namespace otatool::app
