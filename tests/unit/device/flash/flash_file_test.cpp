#include "device/flash/flash_file.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/device/virtual_device.hpp"

#include "tests/support/temporary_folder.hpp"

namespace otatool::device {
namespace {

bool erased(FlashStorage& cells) {
  std::vector<std::uint8_t> bytes(cells.size());
  return cells.read(0, bytes) &&
         std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0xFF; });
}

TEST(FlashFile, IsCreatedErased) {
  const test::TemporaryFolder folder;
  auto file = FlashFile::open(folder / "flash.bin", 64 * 1024);
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ((*file)->size(), 64U * 1024);
  EXPECT_TRUE(erased(**file));
  EXPECT_EQ(folder.read("flash.bin"), std::string(std::size_t{64} * 1024, '\xFF'));
}

TEST(FlashFile, HasFourMebibytesByDefault) {
  const test::TemporaryFolder folder;
  auto file = FlashFile::open(folder / "flash.bin", 0);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->size(), kDefaultFlashSize);
}

TEST(FlashFile, KeepsItsContent) {
  const test::TemporaryFolder folder;
  const std::vector<std::uint8_t> bytes = {1, 2, 3, 4};
  {
    auto file = FlashFile::open(folder / "flash.bin", 8192);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write(4094, bytes));
  }
  auto file = FlashFile::open(folder / "flash.bin", 0);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->size(), 8192U);
  std::vector<std::uint8_t> read(4);
  ASSERT_TRUE((*file)->read(4094, read));
  EXPECT_EQ(read, bytes);
}

TEST(FlashFile, ADifferentSizeIsRefused) {
  const test::TemporaryFolder folder;
  folder.write("flash.bin", std::string(8192, 'x'));
  const auto file = FlashFile::open(folder / "flash.bin", 4096);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), Errc::Usage);
  EXPECT_NE(file.error().message().find("has 8192 bytes, not 4096"), std::string::npos);
  EXPECT_EQ(folder.read("flash.bin"), std::string(8192, 'x'));
}

TEST(FlashFile, IsLockedByOneDevice) {
  const test::TemporaryFolder folder;
  {
    const auto first = FlashFile::open(folder / "flash.bin", 4096);
    ASSERT_TRUE(first);
    const auto second = FlashFile::open(folder / "flash.bin", 0);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Errc::FileUnreadable);
  }
  EXPECT_TRUE(FlashFile::open(folder / "flash.bin", 0));
}

TEST(FlashFile, UnusableFilesAreRefused) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(FlashFile::open((folder / "missing" / "flash.bin").string(), 4096));
  EXPECT_FALSE(FlashFile::open(folder.path().string(), 4096));
  EXPECT_FALSE(FlashFile::open("/dev/null", 4096));
  EXPECT_FALSE(FlashFile::open("/dev/full", 0));
  EXPECT_TRUE(folder.files().empty());
}

TEST(MemoryStorage, BehavesLikeAFile) {
  MemoryStorage memory(16 * 1024);
  EXPECT_TRUE(erased(memory));
  std::vector<std::uint8_t> bytes(9000);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 7);
  }
  ASSERT_TRUE(memory.write(4000, bytes));
  std::vector<std::uint8_t> read(9002);
  ASSERT_TRUE(memory.read(3999, read));
  EXPECT_EQ(read.front(), 0xFF);
  EXPECT_EQ(read.back(), 0xFF);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), read.begin() + 1));
}

}  // namespace
}  // namespace otatool::device
