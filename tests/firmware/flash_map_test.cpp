#include "firmware/core/boot/flash_map.hpp"

#include <gtest/gtest.h>

#include "otatool/wire/boot_command.hpp"

#include "tests/firmware/support/fake_port.hpp"
#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::firmware {
namespace {

constexpr std::uint32_t kMiB = 1024 * 1024;

void expect_sound(const FlashMap& map, std::uint32_t size) {
  for (const std::uint32_t offset : {map.application,
                                     map.application_end,
                                     map.staging,
                                     map.staging_end,
                                     map.filesystem,
                                     map.filesystem_end,
                                     map.command}) {
    EXPECT_EQ(offset % kSectorSize, 0U);
    EXPECT_LE(offset, size);
  }
  EXPECT_LT(map.application, map.application_end);
  EXPECT_LE(map.application_end, map.filesystem);
  EXPECT_LE(map.staging_end, map.filesystem);
  EXPECT_LT(map.filesystem, map.filesystem_end);
  EXPECT_LE(map.filesystem_end, size);
  EXPECT_LE(map.command + kSectorSize, size);
  EXPECT_FALSE(map.command >= map.filesystem && map.command < map.filesystem_end);
  EXPECT_FALSE(map.command >= map.application && map.command < map.application_end);
  EXPECT_FALSE(map.command >= map.staging && map.command < map.staging_end);
}

TEST(FlashMap, RegionsOfEveryFlashSizeAreValid) {
  FlashMap map{};
  for (const std::uint32_t size : {kMiB / 2, kMiB, 2 * kMiB, 4 * kMiB, 8 * kMiB, 16 * kMiB}) {
    ASSERT_TRUE(esp8266_flash_map(size, map)) << size;
    expect_sound(map, size);
  }
  for (const std::uint32_t size : {4 * kMiB, 8 * kMiB, 16 * kMiB}) {
    ASSERT_TRUE(esp32_flash_map(size, map)) << size;
    expect_sound(map, size);
    EXPECT_EQ(map.staging, map.application_end);
  }
}

TEST(FlashMap, OtherSizesHaveNoMap) {
  FlashMap map{};
  for (const std::uint32_t size : {0U, kMiB / 4, kMiB + 1, 3 * kMiB, 32 * kMiB}) {
    EXPECT_FALSE(esp8266_flash_map(size, map)) << size;
    EXPECT_FALSE(esp32_flash_map(size, map)) << size;
  }
  EXPECT_FALSE(esp32_flash_map(kMiB, map));
}

class ApplicationSize : public ::testing::Test {
 protected:
  ApplicationSize() { esp8266_flash_map(kMiB, map_); }

  void put_word(std::uint32_t offset, std::uint32_t value) {
    wire::detail::put_u32(flash_.cells().data() + offset, value);
  }
  std::uint32_t size() { return application_size(flash_, map_, kEsp8266Traits); }

  testing::RamFlash flash_{kMiB};
  FlashMap map_{};
};

TEST_F(ApplicationSize, FollowsSegmentsOfAnyLength) {
  put_word(0x1000, 0x000002E9);
  put_word(0x1008 + 4, 35765);
  put_word(0x1008 + 8 + 35765 + 4, 100);
  EXPECT_EQ(size(), 0x1000U + ((8 + 8 + 35765 + 8 + 100 + 16) & ~15U));
}

TEST_F(ApplicationSize, ChecksumNeedsItsOwnBlockAfterAFullOne) {
  put_word(0x1000, 0x000001E9);
  put_word(0x100C, 15);  // header and segment fill 31 bytes: the checksum is the 32nd
  EXPECT_EQ(size(), 0x1020U);
  put_word(0x100C, 16);
  EXPECT_EQ(size(), 0x1030U);
}

TEST_F(ApplicationSize, OtherContentHasSizeZero) {
  EXPECT_EQ(size(), 0U);
  put_word(0x1000, 0x000001EA);
  EXPECT_EQ(size(), 0U);
  put_word(0x1000, 0x000000E9);
  EXPECT_EQ(size(), 0U);
  put_word(0x1000, 0x000011E9);  // more than 16 segments
  put_word(0x100C, 0);
  EXPECT_EQ(size(), 0U);
  put_word(0x1000, 0x000001E9);
  for (const std::uint32_t length : {0xFFFFFFFFU, 0xFFFFFFF0U, map_.application_end, 0x000F0000U}) {
    put_word(0x100C, length);
    EXPECT_EQ(size(), 0U) << length;
  }
  flash_.fail_read = true;
  EXPECT_EQ(size(), 0U);
}

TEST_F(ApplicationSize, ASegmentMayNotEndBehindTheRegion) {
  put_word(0x1000, 0x000002E9);
  for (const std::uint32_t excess : {1U, 4U, 8U, 12U}) {
    put_word(0x100C, map_.application_end - 0x1008 - 12 + excess);
    EXPECT_EQ(size(), 0U) << excess;
  }
}

TEST(ApplicationSizeOfEsp32, IncludesHashAndLongHeader) {
  testing::RamFlash flash(4 * kMiB);
  FlashMap map{};
  ASSERT_TRUE(esp32_flash_map(4 * kMiB, map));
  wire::detail::put_u32(flash.cells().data() + 0x10000, 0x000001E9);
  wire::detail::put_u32(flash.cells().data() + 0x10000 + 24 + 4, 1000);
  EXPECT_EQ(application_size(flash, map, kEsp32Traits), ((24 + 8 + 1000 + 16) & ~15U) + 32);
}

}  // namespace
}  // namespace otatool::firmware
