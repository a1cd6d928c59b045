#include "device/flash/nor_flash.hpp"

#include <array>

#include <gtest/gtest.h>

namespace otatool::device {
namespace {

using namespace std::chrono_literals;

class NorFlashTest : public ::testing::Test {
 protected:
  std::array<std::uint8_t, 4> read(std::uint32_t offset) {
    std::array<std::uint8_t, 4> bytes{};
    EXPECT_TRUE(flash_.read(offset, bytes.data(), 4));
    return bytes;
  }

  NorFlash flash_{std::make_unique<MemoryStorage>(16 * 1024), FlashSpeed::Typical};
};

TEST_F(NorFlashTest, WritingOnlyClearsBits) {
  const std::array<std::uint8_t, 4> first = {0xF0, 0xFF, 0x00, 0xAA};
  const std::array<std::uint8_t, 4> second = {0x0F, 0x7F, 0xFF, 0x55};
  ASSERT_TRUE(flash_.write(8, first.data(), 4));
  EXPECT_EQ(read(8), first);
  ASSERT_TRUE(flash_.write(8, second.data(), 4));
  EXPECT_EQ(read(8), (std::array<std::uint8_t, 4>{0x00, 0x7F, 0x00, 0x00}));
}

TEST_F(NorFlashTest, ErasingSetsOneSector) {
  const std::array<std::uint8_t, 4> bytes = {1, 2, 3, 4};
  for (const std::uint32_t offset : {4092U, 4096U, 8188U, 8192U}) {
    ASSERT_TRUE(flash_.write(offset, bytes.data(), 4));
  }
  ASSERT_TRUE(flash_.erase_sector(4096));
  EXPECT_EQ(read(4092), bytes);
  EXPECT_EQ(read(4096), (std::array<std::uint8_t, 4>{0xFF, 0xFF, 0xFF, 0xFF}));
  EXPECT_EQ(read(8188), (std::array<std::uint8_t, 4>{0xFF, 0xFF, 0xFF, 0xFF}));
  EXPECT_EQ(read(8192), bytes);
}

TEST_F(NorFlashTest, ErasingABlockSetsItsSectorsInTheTimeOfThree) {
  constexpr std::uint32_t kBlock = 64 * 1024;
  NorFlash flash(std::make_unique<MemoryStorage>(3 * kBlock), FlashSpeed::Typical);
  ASSERT_EQ(flash.block_size(), kBlock);
  std::array<std::uint8_t, 4> bytes{};
  for (const std::uint32_t offset : {kBlock - 4, kBlock, 2 * kBlock - 4, 2 * kBlock}) {
    ASSERT_TRUE(flash.write(offset, bytes.data(), 4));
  }
  static_cast<void>(flash.take_busy_time());
  ASSERT_TRUE(flash.erase_block(kBlock));
  EXPECT_EQ(flash.take_busy_time(), 150ms);
  for (const std::uint32_t offset : {kBlock - 4, kBlock, 2 * kBlock - 4, 2 * kBlock}) {
    ASSERT_TRUE(flash.read(offset, bytes.data(), 4));
    EXPECT_EQ(bytes[0], offset / kBlock == 1 ? 0xFF : 0) << offset;
  }
  EXPECT_FALSE(flash.erase_block(4096));
  EXPECT_FALSE(flash.erase_block(3 * kBlock));
}

TEST_F(NorFlashTest, BusyTimeAddsUpUntilItIsTaken) {
  const std::array<std::uint8_t, 512> bytes{};
  EXPECT_EQ(flash_.take_busy_time(), 0us);
  ASSERT_TRUE(flash_.erase_sector(0));
  ASSERT_TRUE(flash_.write(0, bytes.data(), 512));
  ASSERT_TRUE(flash_.write(512, bytes.data(), 4));
  EXPECT_EQ(flash_.take_busy_time(), 45ms + 3 * 700us);
  EXPECT_EQ(flash_.take_busy_time(), 0us);
  read(0);
  EXPECT_EQ(flash_.take_busy_time(), 0us);
}

TEST_F(NorFlashTest, OutOfRangeAndUnalignedAccessesFail) {
  std::array<std::uint8_t, 8> bytes{};
  EXPECT_FALSE(flash_.erase_sector(16 * 1024));
  EXPECT_FALSE(flash_.erase_sector(100));
  EXPECT_FALSE(flash_.write(16 * 1024 - 4, bytes.data(), 8));
  EXPECT_FALSE(flash_.write(0xFFFFFFFC, bytes.data(), 8));
  EXPECT_FALSE(flash_.write(2, bytes.data(), 4));
  EXPECT_FALSE(flash_.write(0, bytes.data(), 3));
  EXPECT_FALSE(flash_.read(16 * 1024, bytes.data(), 4));
  EXPECT_FALSE(flash_.read(0, bytes.data(), 2));
  EXPECT_EQ(read(0), (std::array<std::uint8_t, 4>{0xFF, 0xFF, 0xFF, 0xFF}));
}

}  // namespace
}  // namespace otatool::device
