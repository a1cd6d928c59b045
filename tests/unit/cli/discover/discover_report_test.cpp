#include "cli/discover/discover_report.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/io/cell_width.hpp"
#include "cli/io/text_layout.hpp"

namespace otatool::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

mdns::Device device(std::string name, std::string ip) {
  mdns::Device device;
  device.name = std::move(name);
  device.addresses = {{.ip = std::move(ip), .interface = "eth0"}};
  device.port = 8266;
  device.board = "d1_mini";
  return device;
}

TEST(DeviceTable, AlignsNamesByCells) {
  const std::vector<mdns::Device> devices = {device("\u53a8\u623f", "192.168.1.7"),
                                             device("k", "192.168.1.8")};
  EXPECT_THAT(device_table(devices, kUnlimitedWidth),
              ElementsAre(StartsWith("NAME  ADDRESS      PORT  BOARD    AUTH"),
                          StartsWith("\u53a8\u623f  192.168.1.7  8266  d1_mini  -"),
                          StartsWith("k     192.168.1.8  8266  d1_mini  -")));
}

TEST(DeviceTable, FitsTheTerminal) {
  const std::vector<mdns::Device> devices = {
      device("kitchen", "192.168.1.7"),
      device("\u53a8\u623f\U0001F4A1", "fe80::5ecf:7fff:fe0a:b0c%eth0")};
  for (const std::size_t width : {40U, 80U, 200U}) {
    for (const std::string& line : device_table(devices, width)) {
      EXPECT_LE(cell_width(line), width) << line;
    }
  }
  EXPECT_THAT(device_table(devices, 40), Contains("ADDRESS       192.168.1.7"));
  EXPECT_EQ(device_table(devices, 200), device_table(devices, kUnlimitedWidth));
}

TEST(DeviceTable, IsATableOnAUsualTerminal) {
  const std::vector<mdns::Device> devices = {device("kitchen", "192.168.1.7")};
  EXPECT_THAT(device_table(devices, 80),
              ElementsAre(StartsWith("NAME     ADDRESS"), StartsWith("kitchen  192")));
}

TEST(DeviceTable, ShowsWhatAWebServerTells) {
  const std::vector<mdns::Device> devices = {device("plug", "192.168.1.7")};
  const http::DeviceIdentity tasmota{.family = http::Family::Tasmota, .version = "15.2.0"};
  EXPECT_THAT(device_table(devices, kUnlimitedWidth, {tasmota}),
              Contains(::testing::ContainsRegex("plug .*tasmota +15.2.0 +form")));
  const http::DeviceIdentity page{.family = http::Family::Stock};
  EXPECT_THAT(device_table(devices, kUnlimitedWidth, {page}),
              Contains(::testing::ContainsRegex("plug .*stock +- +-")));
}

TEST(DeviceTable, IsEmptyWithoutDevices) {
  EXPECT_THAT(device_table({}, 80), IsEmpty());
}

}  // namespace
}  // namespace otatool::cli
