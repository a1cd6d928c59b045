#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

using support::Blob;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Filesystem, ReadsLittleFs) {
  const Blob image = support::littlefs_image(8192, 16);
  const ImageFacts facts = read_image(image);
  EXPECT_EQ(facts.kind, Kind::LittleFs);
  EXPECT_EQ(facts.chip, Chip::None);
  ASSERT_TRUE(facts.filesystem);
  EXPECT_EQ(facts.filesystem->block_size, 8192U);
  EXPECT_EQ(facts.filesystem->block_count, 16U);
  EXPECT_EQ(facts.filesystem->version, 0x20000U);
  EXPECT_EQ(facts.image_size, image.size());
  EXPECT_THAT(errors_of(image), IsEmpty());
}

TEST(Filesystem, FindsTheSecondSuperblock) {
  for (const std::uint32_t block_size : {4096U, 8192U}) {
    Blob image = support::littlefs_image(block_size, 4);
    std::fill_n(image.begin(), 64, std::uint8_t{0xFF});
    EXPECT_EQ(read_image(image).kind, Kind::LittleFs) << block_size;
  }
}

TEST(Filesystem, NoticesATruncatedLittleFs) {
  Blob image = support::littlefs_image(4096, 16);
  image.resize(image.size() - 1);
  EXPECT_EQ(read_image(image).image_size, 0U);
  EXPECT_THAT(errors_of(image), ElementsAre("filesystem-truncated"));
}

TEST(Filesystem, DoesNotBelieveAbsurdBlocks) {
  Blob image = support::littlefs_image(4096, 16);
  support::put_u32(image, 24, 0xFFFFFFFF);
  support::put_u32(image, 28, 0xFFFFFFFF);
  EXPECT_EQ(read_image(image).image_size, 0U);
}

TEST(Filesystem, ReadsFat) {
  for (const bool wear_levelling : {false, true}) {
    const Blob image = support::fat_image(16, wear_levelling);
    const ImageFacts facts = read_image(image);
    EXPECT_EQ(facts.kind, Kind::Fat);
    ASSERT_TRUE(facts.filesystem);
    EXPECT_EQ(facts.filesystem->block_size, 4096U);
    EXPECT_EQ(facts.filesystem->block_count, 16U);
    EXPECT_EQ(facts.image_size, image.size());
    EXPECT_THAT(errors_of(image), IsEmpty());
  }
  Blob truncated = support::fat_image(16, false);
  truncated.resize(truncated.size() - 1);
  EXPECT_THAT(errors_of(truncated), ElementsAre("filesystem-truncated"));
}

TEST(Filesystem, WantsAWholeBootSectorOfFat) {
  for (const std::size_t at : {0U, 2U, 11U, 13U, 16U, 21U, 510U}) {
    Blob image = support::fat_image(16, false);
    image[at] ^= 0x42;
    EXPECT_EQ(read_image(image).kind, Kind::Unknown) << at;
  }
}

TEST(Filesystem, ReadsSpiffs) {
  for (const bool length : {false, true}) {
    for (const std::uint32_t block_size : {4096U, 8192U}) {
      const ImageFacts facts = read_image(support::spiffs_image(block_size, 6, length));
      EXPECT_EQ(facts.kind, Kind::Spiffs);
      ASSERT_TRUE(facts.filesystem);
      EXPECT_EQ(facts.filesystem->block_size, block_size);
      EXPECT_EQ(facts.filesystem->block_count, 6U);
    }
  }
}

TEST(Filesystem, WantsTheMagicOfSpiffsInEveryBlock) {
  Blob image = support::spiffs_image(4096, 6, false);
  image[4 * 4096 + 252] ^= 1;
  EXPECT_EQ(read_image(image).kind, Kind::Unknown);
}

TEST(Filesystem, SeesSignaturesBehindFilesystems) {
  for (const Blob& payload :
       {support::littlefs_image(4096, 8), support::spiffs_image(4096, 8, false)}) {
    const ImageFacts facts = read_image(support::with_trailer(payload, 256));
    EXPECT_TRUE(is_filesystem(facts.kind));
    ASSERT_TRUE(facts.signature);
    EXPECT_EQ(facts.signature->payload_size, payload.size());
    EXPECT_TRUE(facts.signature->certain);
  }
}

}  // namespace
}  // namespace otatool::image
