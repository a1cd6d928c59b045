#include "files/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace otatool::files {
namespace {

using ::testing::HasSubstr;

TEST(Files, AreReadWhole) {
  const test::TemporaryFolder folder;
  const std::string content("\xe9\x00\n\xff", 4);
  EXPECT_EQ(read_text_file(folder.write("fw.bin", content), 4).value(), content);
  EXPECT_EQ(read_file(folder.write("fw.bin", content), 4).value(),
            (std::vector<std::uint8_t>{0xe9, 0, '\n', 0xff}));
  EXPECT_TRUE(read_file(folder.write("empty", ""), 0).value().empty());
}

TEST(Files, AreRefusedBeyondTheLimit) {
  const test::TemporaryFolder folder;
  const auto read = read_file(folder.write("fw.bin", "12345"), 4);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Errc::FileUnreadable);
  EXPECT_THAT(read.error().message(), HasSubstr("fw.bin' is larger than 4 bytes"));
}

TEST(Files, WithoutAnEndAreRefusedToo) {
  const auto read = read_file("/dev/zero", 1000);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("larger than 1000 bytes"));
}

TEST(Files, ThatCannotBeReadAreNamed) {
  const test::TemporaryFolder folder;
  const auto missing = read_file((folder / "none").string(), 4);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Errc::FileUnreadable);
  EXPECT_THAT(missing.error().message(), HasSubstr("none': no such file or directory"));
  const auto a_folder = read_file(folder.path().string(), 4);
  ASSERT_FALSE(a_folder);
  EXPECT_THAT(a_folder.error().message(), HasSubstr("is a directory"));
}

TEST(Files, AreComparedByTheirFirstBytes) {
  const test::TemporaryFolder folder;
  const std::string image = folder.write("fw.bin", std::string("\xe9\0\n\xff", 4));
  const auto begins = [&](const std::string& content) {
    return file_begins_with(folder.write("fw.bin.signed", content), image);
  };
  EXPECT_TRUE(begins(std::string("\xe9\0\n\xff", 4)));
  EXPECT_TRUE(begins(std::string("\xe9\0\n\xff signature", 14)));
  EXPECT_FALSE(begins(std::string("\xe9\0\n", 3)));
  EXPECT_FALSE(begins(std::string("\xe9\0\n\xfe", 4)));
  EXPECT_FALSE(begins(""));
  EXPECT_FALSE(file_begins_with((folder / "none").string(), image));
  EXPECT_FALSE(file_begins_with(image, (folder / "none").string()));
}

}  // namespace
}  // namespace otatool::files
