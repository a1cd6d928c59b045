#include <gtest/gtest.h>

#include "device/receiver/asio_default_name.hpp"

namespace otatool::device {
namespace {

TEST(DefaultDeviceName, IsStableForAPort) {
  EXPECT_EQ(default_device_name(ChipFamily::Esp8266, 8266),
            default_device_name(ChipFamily::Esp8266, 8266));
  EXPECT_NE(default_device_name(ChipFamily::Esp8266, 8266),
            default_device_name(ChipFamily::Esp8266, 8267));
}

TEST(DefaultDeviceName, HasTheLengthOfTheCoresNames) {
  EXPECT_EQ(default_device_name(ChipFamily::Esp8266, 1).size(), 14U);
  EXPECT_EQ(default_device_name(ChipFamily::Esp32, 1).size(), 18U);
}

}  // namespace
}  // namespace otatool::device
