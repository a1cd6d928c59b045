#include "firmware/tools/elf2image/files.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace otatool::elf2image {
namespace {

class Elf2imageFiles : public ::testing::Test {
 protected:
  Elf2imageFiles() {
    std::string pattern = ::testing::TempDir() + "elf2image.XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Elf2imageFiles() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::size_t entries() const {
    const std::filesystem::directory_iterator files(folder_);
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  std::filesystem::path folder_;
};

TEST_F(Elf2imageFiles, WritesAndReadsBack) {
  const std::string path = folder_ / "image.bin";
  const std::vector<std::uint8_t> content(200000, 0x5A);
  ASSERT_TRUE(write_file(path, content));
  const auto read = read_file(path);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, content);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Elf2imageFiles, LeavesNothingWhereItCannotWrite) {
  const std::string path = folder_ / "taken";
  std::filesystem::create_directory(path);
  std::ofstream(folder_ / "taken" / "inside") << "x";
  const auto written = write_file(path, as_bytes("new"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), Errc::OutputFailed);
  EXPECT_EQ(entries(), 1U);
  EXPECT_FALSE(write_file(folder_ / "missing" / "image.bin", as_bytes("new")));
}

TEST_F(Elf2imageFiles, TellsWhichFileCannotBeRead) {
  const auto read = read_file(folder_ / "missing.elf");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::FileUnreadable);
  EXPECT_NE(read.error().message().find("missing.elf"), std::string::npos);
  EXPECT_FALSE(read_file(folder_));
}

}  // namespace
}  // namespace otatool::elf2image
