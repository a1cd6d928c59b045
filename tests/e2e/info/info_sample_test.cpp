// `otatool info` on images that were built by the compiler for the chip.
#include <gmock/gmock.h>

#include "tests/e2e/info/info_call.hpp"

namespace otatool::test {
namespace {

TEST_F(InfoCommand, ReportsNoProblemInTheSampleImages) {
  for (const std::string name : {"hello-v1.bin", "hello-v2.bin"}) {
    const auto json = document({OTATOOL_SAMPLES "/" + name});
    EXPECT_EQ(json["kind"], "esp8266-arduino") << name;
    EXPECT_EQ(json["checksum"]["valid"], true) << name;
    EXPECT_EQ(json["crc"]["valid"], true) << name;
    EXPECT_EQ(json["image_size"], json["size"]) << name;
    EXPECT_EQ(json["trailing_bytes"], 0) << name;
    EXPECT_THAT(codes(json, "error"), ::testing::IsEmpty()) << name;
    EXPECT_THAT(codes(json, "warning"), ::testing::IsEmpty()) << name;
    for (const auto& segment : json["segments"]) {
      EXPECT_NE(segment["memory"], "unknown") << name;
    }
  }
}

}  // namespace
}  // namespace otatool::test
