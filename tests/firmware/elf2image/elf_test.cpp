#include "firmware/tools/elf2image/elf.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/firmware/elf2image/elf_file.hpp"

namespace otatool::elf2image {
namespace {

using testing::ElfFile;
using testing::File;
using ::testing::HasSubstr;
using testing::put;

File sample() {
  return testing::small_application().bytes();
}

std::size_t table_of(const File& file) {
  return file[32] | static_cast<std::size_t>(file[33]) << 8U;
}

std::string reason(const File& file) {
  const auto elf = read_elf(file);
  return elf ? "" : elf.error().message();
}

TEST(ReadElf, TellsEntryAndLoadedSections) {
  const File file = sample();
  const auto elf = read_elf(file);
  ASSERT_TRUE(elf) << elf.error().message();
  EXPECT_EQ(elf->entry, 0x40100004U);
  ASSERT_EQ(elf->sections.size(), 5U);
  EXPECT_EQ(elf->sections[0].name, ".rodata");
  EXPECT_EQ(elf->sections[0].address, 0x3FFE8400U);
  EXPECT_EQ(elf->sections[0].content.size(), 77U);
  EXPECT_EQ(elf->sections[4].name, ".irom0.text");
}

TEST(ReadElf, RefusesOtherFiles) {
  EXPECT_EQ(reason({}), "not an ELF file");
  EXPECT_EQ(reason(File(100, 0xE9)), "not an ELF file");
  File file = sample();
  file[4] = 2;
  EXPECT_THAT(reason(file), HasSubstr("not a 32-bit little-endian"));
  file = sample();
  file[5] = 2;
  EXPECT_THAT(reason(file), HasSubstr("not a 32-bit little-endian"));
  file = sample();
  put(file, 18, 62, 2);
  EXPECT_EQ(reason(file), "machine 62 is not Xtensa (94)");
  file = sample();
  put(file, 16, 1, 2);
  EXPECT_EQ(reason(file), "ELF type 1 is not a linked program (2)");
  file = sample();
  put(file, 48, 0, 2);
  EXPECT_EQ(reason(file), "no section table");
}

TEST(ReadElf, RefusesEveryTruncation) {
  const File file = sample();
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(read_elf(Bytes(file).first(size))) << size;
  }
}

TEST(ReadElf, RefusesLengthsBeyondTheFile) {
  const std::size_t table = table_of(sample());
  for (const std::uint32_t value : {0xFFFFFFFFU, 0x7FFFFFFFU, 0x10000U}) {
    File file = sample();
    put(file, 32, value, 4);
    EXPECT_THAT(reason(file), HasSubstr("the section table lies beyond"));
    file = sample();
    put(file, 48, 0xFFFF, 2);
    EXPECT_THAT(reason(file), HasSubstr("the section table lies beyond"));
    file = sample();
    put(file, table + 40 + 16, value, 4);
    EXPECT_THAT(reason(file), HasSubstr("a section lies beyond"));
    file = sample();
    put(file, table + 40 + 20, value, 4);
    EXPECT_THAT(reason(file), HasSubstr("a section lies beyond"));
    file = sample();
    put(file, table + 40, value, 4);
    EXPECT_THAT(reason(file), HasSubstr("name lies beyond"));
  }
}

TEST(ReadElf, RefusesNamesThatDoNotEnd) {
  File file = sample();
  file.at(table_of(file) - 1) = 'x';
  // The table of names ends with the name of the last section, .bss, which is not read.
  EXPECT_EQ(reason(file), "");
  file = testing::small_loader().bytes();
  file.at(table_of(file) - 1) = 'x';
  EXPECT_EQ(reason(file), "a section's name has no end");
}

bool lies_within(const File& file, Bytes content) {
  return content.data() >= file.data() &&
         content.data() + content.size() <= file.data() + file.size();
}

TEST(ReadElf, SurvivesEverySpoiledByte) {
  const File good = sample();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      File file = good;
      file[at] = static_cast<std::uint8_t>(value);
      const Elf elf = read_elf(file).value_or(Elf());
      EXPECT_TRUE(
          std::all_of(elf.sections.begin(),
                      elf.sections.end(),
                      [&](const Section& section) { return lies_within(file, section.content); }))
          << at;
    }
  }
}

}  // namespace
}  // namespace otatool::elf2image
