// The sample images as the build made them.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "firmware/tools/elf2image/files.hpp"
#include "tests/firmware/elf2image/image_reading.hpp"

namespace otatool::elf2image {
namespace {

std::vector<std::uint8_t> sample(const std::string& version) {
  const auto image = read_file(std::string(OTATOOL_SAMPLES) + "/hello-" + version + ".bin");
  EXPECT_TRUE(image) << image.error().message();
  return image.value_or(std::vector<std::uint8_t>());
}

TEST(Sample, IsSoundAndOfAPlausibleSize) {
  for (const std::string version : {"v1", "v2"}) {
    const auto image = sample(version);
    ASSERT_GT(image.size(), std::size_t{40} * 1024);
    EXPECT_LT(image.size(), std::size_t{200} * 1024);
    testing::expect_sound(image, 0x2000);
    EXPECT_NE(as_text(image).find("otatool hello " + version), std::string_view::npos);
  }
}

TEST(Sample, HasLoaderAndApplicationWhereTheyBelong) {
  const auto image = sample("v1");
  const auto loader = testing::read_program(image, 0);
  ASSERT_EQ(loader.segments.size(), 2U);
  EXPECT_EQ(loader.segments[0].address, 0x4010E000U);
  const auto application = testing::read_program(image, 0x2000);
  ASSERT_EQ(application.segments.size(), 4U);
  EXPECT_EQ(application.segments[0].address, 0x40202010U);
  EXPECT_EQ(application.segments[1].address, 0x40100000U);
  EXPECT_EQ(application.segments[2].address, 0x3FFE8000U);
  EXPECT_GT(application.segments[3].address, 0x3FFE8000U);
}

TEST(Sample, VersionsDifferInLittleMoreThanTheVersion) {
  const auto first = sample("v1");
  const auto second = sample("v2");
  ASSERT_EQ(first.size(), second.size());
  std::size_t differing = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    differing += first[i] == second[i] ? 0U : 1U;
  }
  EXPECT_GT(differing, 0U);
  // The digit, the checksum and four bytes of the CRC.
  EXPECT_LE(differing, 6U);
}

}  // namespace
}  // namespace otatool::elf2image
