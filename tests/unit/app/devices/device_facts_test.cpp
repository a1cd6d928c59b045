#include "app/devices/device_facts.hpp"

#include <gtest/gtest.h>

#include "app/transports/espota_transport.hpp"
#include "app/transports/transport.hpp"
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

TEST(DeviceFacts, TheVersionIsThatOfTheProjectIfThereIsOne) {
  mdns::Device device = espota_device();
  device.txt = {{"board", "d1_mini"}};
  EXPECT_EQ(version_of(device), "");
  device.txt = {{"version", "2026.9.0"}, {"project_version", ""}};
  EXPECT_EQ(version_of(device), "2026.9.0");
  device.txt.push_back({"project_name", "x"});
  device.txt[1].value = "1.4";
  EXPECT_EQ(version_of(device), "1.4");
  device.txt = {{"app_name", "ESPURNA"}, {"app_version", "1.15"}};
  EXPECT_EQ(version_of(device), "1.15");
}

TEST(Transports, AnnouncedServicesDecide) {
  mdns::Device device = espota_device();
  EXPECT_EQ(via_of(device), Via::Espota);
  device.kind = mdns::Kind::Http;
  EXPECT_EQ(via_of(device), Via::Undecided) << "any web server";
  device.txt = {{"devicetype", "tasmota"}};
  EXPECT_EQ(via_of(device), Via::Form);
  device.txt.clear();
  device.type = "_wled._tcp";
  EXPECT_EQ(via_of(device), Via::Form);
}

}  // namespace
}  // namespace otatool::app
