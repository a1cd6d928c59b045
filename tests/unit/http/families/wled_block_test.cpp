#include "otatool/http/wled_block.hpp"

#include <gtest/gtest.h>

#include "tests/unit/http/families/wled_image.hpp"

namespace otatool::http {
namespace {

using support::Blob;
using support::with_wled_block;

TEST(WledBlock, IsReadAtBothPlaces) {
  for (const std::size_t offset : {256U, 300U, 256U + 511U - 3U, 0x1000U, 0x1000U + 100U}) {
    const auto block = read_wled_block(with_wled_block(Blob(8192), offset, {}));
    ASSERT_TRUE(block) << offset;
    EXPECT_EQ(block->version, "16.0.1");
    EXPECT_EQ(block->release, "ESP32");
    EXPECT_EQ(block->oldest_version, (std::array<std::uint8_t, 3>{0, 15, 0}));
  }
  const auto old = read_wled_block(with_wled_block(Blob(8192), 256, {.structure = 1}));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->oldest_version, std::nullopt);
}

TEST(WledBlock, IsNotReadElsewhere) {
  for (const std::size_t offset : {0U, 255U, 256U + 512U, 2000U, 0x1000U + 512U}) {
    EXPECT_FALSE(read_wled_block(with_wled_block(Blob(8192), offset, {}))) << offset;
  }
}

TEST(WledBlock, AWrongHashAndAnEmptyReleaseAreNoBlock) {
  Blob image = with_wled_block(Blob(2000), 256, {});
  image[256 + 56] ^= 1U;
  EXPECT_FALSE(read_wled_block(image));
  EXPECT_FALSE(read_wled_block(with_wled_block(Blob(2000), 256, {.release = ""})));
  EXPECT_FALSE(read_wled_block(with_wled_block(Blob(2000), 256, {.structure = 0})));
}

TEST(WledBlock, ABlockBehindItsMagicAloneIsFound) {
  Blob image = with_wled_block(Blob(2000), 400, {});
  const Blob magic = {'S', 'T', 'S', 'W', 1, 0, 0, 0};
  std::copy(magic.begin(), magic.end(), image.begin() + 300);
  EXPECT_TRUE(read_wled_block(image));
}

TEST(WledBlock, ACutImageIsNotReadBeyondItsEnd) {
  const Blob whole = with_wled_block(Blob(300), 256, {});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_wled_block(Bytes(whole).first(size)));
  }
  EXPECT_TRUE(read_wled_block(whole));
}

TEST(WledBlock, ReleasesAreEqualUpToV4) {
  EXPECT_TRUE(same_wled_release("ESP32_V4", "ESP32"));
  EXPECT_TRUE(same_wled_release("ESP32", "ESP32_V4"));
  EXPECT_FALSE(same_wled_release("ESP32", "ESP32_Ethernet"));
}

}  // namespace
}  // namespace otatool::http
