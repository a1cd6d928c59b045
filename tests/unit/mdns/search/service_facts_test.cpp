#include "mdns/search/service_facts.hpp"

#include <gtest/gtest.h>

namespace otatool::mdns {
namespace {

Device arduino_device(std::vector<TxtPair> txt) {
  Device device;
  device.name = "kitchen";
  device.type = kArduinoType;
  device.port = 8266;
  device.txt = std::move(txt);
  classify(device);
  return device;
}

TEST(ServiceFacts, ReadsThePasswordFlag) {
  EXPECT_EQ(arduino_device({{"auth_upload", "yes"}}).auth, true);
  EXPECT_EQ(arduino_device({{"auth_upload", "no"}}).auth, false);
  EXPECT_EQ(arduino_device({{"board", "uno"}}).auth, false) << "the default of a missing key";
}

TEST(ServiceFacts, BoardsWithOtherWaysToUploadDoNotSpeakEspota) {
  EXPECT_EQ(arduino_device({{"ssh_upload", "no"}}).kind, Kind::Espota);
  EXPECT_EQ(arduino_device({{"ssh_upload", "yes"}}).kind, Kind::Unknown);
  EXPECT_EQ(arduino_device({{"endpoint_upload", "/upload"}}).kind, Kind::Unknown);
  EXPECT_EQ(arduino_device({}).kind, Kind::Espota) << "its port is that of espota";
}

TEST(ServiceFacts, WithoutTxtThePasswordFlagIsUnknown) {
  EXPECT_EQ(arduino_device({}).auth, std::nullopt);
}

}  // namespace
}  // namespace otatool::mdns
