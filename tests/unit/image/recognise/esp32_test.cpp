#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

using support::Blob;
using support::Esp32Spec;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Esp32, ReadsTheLegacyRevisionIfTheFullOneIsZero) {
  Blob image = support::esp32_image();
  image[14] = 3;
  EXPECT_EQ(read_image(image).esp32->min_revision, 100);
  image[15] = image[16] = 0;
  EXPECT_EQ(read_image(image).esp32->min_revision, 300);
  image[12] = 5;  // ESP32-C3
  EXPECT_EQ(read_image(image).esp32->min_revision, 3);
}

TEST(Esp32, ReadsAnApp) {
  const Blob image = support::esp32_image();
  const ImageFacts facts = read_image(image);
  EXPECT_EQ(facts.kind, Kind::Esp32App);
  EXPECT_EQ(facts.chip, Chip::Esp32);
  EXPECT_EQ(facts.image_size, image.size());
  ASSERT_TRUE(facts.esp32);
  EXPECT_EQ(facts.esp32->min_revision, 100);
  EXPECT_EQ(facts.esp32->max_revision, 399);
  ASSERT_NE(facts.sha256(), nullptr);
  EXPECT_TRUE(facts.sha256()->matches());
  const Part& part = *facts.main_part();
  EXPECT_TRUE(part.checksum->matches());
  EXPECT_EQ(part.flash.frequency, "80m");
  EXPECT_EQ(part.flash.size_bytes, 4U << 20U);
  ASSERT_EQ(part.segments.size(), 3U);
  EXPECT_EQ(part.segments[0].offset, 32U);
  EXPECT_EQ(part.segments[0].memory, Memory::Flash);
  EXPECT_EQ(part.segments[1].memory, Memory::Iram);
  EXPECT_THAT(errors_of(image), IsEmpty());
}

TEST(Esp32, ReadsTheDescriptor) {
  const ImageFacts facts = read_image(support::esp32_image());
  ASSERT_TRUE(facts.app);
  EXPECT_EQ(facts.app->project, "thermostat");
  EXPECT_EQ(facts.app->version, "1.2.3");
  EXPECT_EQ(facts.app->time, "12:34:56");
  EXPECT_EQ(facts.app->date, "Jan  2 2025");
  EXPECT_EQ(facts.app->idf_version, "v5.1.4");
  EXPECT_EQ(facts.app->secure_version, 3U);
  EXPECT_EQ(facts.app->elf_sha256,
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
}

TEST(Esp32, MakesTheDescriptorSafeToPrint) {
  Blob image = support::esp32_image();
  image[32 + 16] = 0x1B;
  image[32 + 17] = 0x9B;
  EXPECT_EQ(read_image(image).app->version, "??2.3");
}

TEST(Esp32, TakesAppsWithoutDescriptorAndHash) {
  const Blob image = support::esp32_image({.hash = false, .descriptor = false});
  const ImageFacts facts = read_image(image);
  EXPECT_EQ(facts.kind, Kind::Esp32App);
  EXPECT_FALSE(facts.app);
  EXPECT_EQ(facts.sha256(), nullptr);
  EXPECT_THAT(errors_of(image), IsEmpty());
  EXPECT_TRUE(has_code(problems(examine_image(image)), "no-sha256"));
}

TEST(Esp32, TellsTheChipByItsId) {
  const std::vector<std::pair<std::uint16_t, Chip>> chips = {{0, Chip::Esp32},
                                                             {2, Chip::Esp32S2},
                                                             {5, Chip::Esp32C3},
                                                             {9, Chip::Esp32S3},
                                                             {12, Chip::Esp32C2},
                                                             {13, Chip::Esp32C6},
                                                             {16, Chip::Esp32H2},
                                                             {18, Chip::Esp32P4},
                                                             {20, Chip::Esp32C61},
                                                             {23, Chip::Esp32C5},
                                                             {25, Chip::Esp32H21},
                                                             {28, Chip::Esp32H4},
                                                             {31, Chip::Esp32E22},
                                                             {32, Chip::Esp32S31}};
  for (const auto& [id, chip] : chips) {
    EXPECT_EQ(read_image(support::esp32_image({.chip_id = id})).chip, chip) << id;
  }
  const Blob unknown = support::esp32_image({.chip_id = 4711});
  EXPECT_EQ(read_image(unknown).chip, Chip::Esp32Unknown);
  EXPECT_TRUE(has_code(problems(examine_image(unknown)), "chip-id"));
}

TEST(Esp32, NoticesAnyChangedByteBehindTheHeader) {
  const Blob image = support::esp32_image();
  for (std::size_t at = 24; at < image.size(); ++at) {
    Blob changed = image;
    changed[at] ^= 0x04;
    EXPECT_THAT(errors_of(changed), testing::Not(IsEmpty())) << "byte " << at;
  }
}

TEST(Esp32, NoticesAMissingHash) {
  Blob image = support::esp32_image();
  image.pop_back();
  EXPECT_THAT(errors_of(image), ElementsAre("truncated"));
}

TEST(Esp32, TellsABootloader) {
  const Blob image = support::esp32_bootloader();
  EXPECT_EQ(read_image(image).kind, Kind::Esp32Bootloader);
  EXPECT_THAT(errors_of(image), ElementsAre("esp32-bootloader"));
}

TEST(Esp32, TellsMergedImages) {
  const std::vector<std::pair<std::size_t, std::uint16_t>> forms = {
      {0x1000, 0}, {0x2000, 23}, {0x0, 0}};
  for (const auto& [offset, chip_id] : forms) {
    const ImageFacts facts = read_image(support::merged_image(offset, chip_id));
    EXPECT_EQ(facts.kind, Kind::Esp32Merged) << offset;
    EXPECT_EQ(facts.merged_app_offset, 0x10000U) << offset;
    ASSERT_EQ(facts.partitions.size(), 4U) << offset;
    EXPECT_EQ(facts.partitions[2].label, "app0");
    EXPECT_EQ(facts.partitions[2].size, 0x140000U);
  }
  EXPECT_THAT(errors_of(support::merged_image(0x1000, 0)), ElementsAre("esp32-merged"));
}

TEST(Esp32, FindsTheAppOfAMergedImageThatBeginsWithItsBootloader) {
  const Blob whole = support::merged_image(0x1000, 0);
  const Blob shifted(whole.begin() + 0x1000, whole.end());
  const ImageFacts facts = read_image(shifted);
  EXPECT_EQ(facts.kind, Kind::Esp32Merged);
  EXPECT_EQ(facts.merged_app_offset, 0xF000U);
}

TEST(Esp32, ReadsTheAppOfAMergedImage) {
  const ImageFacts facts = read_image(support::merged_image(0x1000, 0));
  ASSERT_EQ(facts.parts.size(), 2U);
  EXPECT_EQ(facts.parts[0].role, PartRole::Bootloader);
  EXPECT_EQ(facts.parts[1].role, PartRole::App);
  EXPECT_EQ(facts.parts[1].offset, 0x10000U);
  ASSERT_TRUE(facts.app);
  EXPECT_EQ(facts.app->project, "thermostat");
}

TEST(Esp32, NamesTheDamagedPartOfAMergedImage) {
  const auto message = [](const Blob& image, std::string_view code) {
    for (const Problem& problem : problems(examine_image(image))) {
      if (problem.code == code) {
        return problem.message;
      }
    }
    return std::string("no such problem");
  };
  Blob in_app = support::merged_image(0x1000, 0);
  in_app[0x10000 + 64] ^= 1;
  EXPECT_THAT(message(in_app, "checksum"), testing::StartsWith("checksum of the app at 0x010000 "));
  EXPECT_THAT(message(in_app, "sha256"), testing::HasSubstr("app at 0x010000"));
  Blob in_bootloader = support::merged_image(0x1000, 0);
  in_bootloader[0x1000 + 40] ^= 1;
  EXPECT_THAT(message(in_bootloader, "checksum"),
              testing::StartsWith("checksum of the bootloader at 0x001000 "));
}

TEST(Esp32, ReadsTheMd5AfterAPartitionTable) {
  Blob table = support::partition_table();
  EXPECT_FALSE(read_image(table).partition_md5);
  const std::size_t entries = 4 * 32;
  table[entries] = table[entries + 1] = 0xEB;
  for (std::size_t i = 0; i < 16; ++i) {
    table[entries + 16 + i] = static_cast<std::uint8_t>(i);
  }
  const auto md5 = read_image(table).partition_md5;
  ASSERT_TRUE(md5);
  EXPECT_EQ(md5->offset, 0U);
  EXPECT_EQ(md5->size, entries);
  EXPECT_EQ(md5->stored, "000102030405060708090a0b0c0d0e0f");
  EXPECT_FALSE(md5->matches);
}

TEST(Esp32, DoesNotTakeAnAppForAMergedImage) {
  // 0x8000 lies inside the app, and what is there looks like a partition table.
  Blob data = support::noise(0x9000, 1);
  const Blob table = support::partition_table();
  std::copy(table.begin(), table.end(), data.begin() + 0x8000 - 32);
  const Blob image = support::esp32_image({.segments = {{0x3F400020, data}}});
  EXPECT_EQ(read_image(image).kind, Kind::Esp32App);
}

TEST(Esp32, TellsAPartitionTable) {
  EXPECT_EQ(read_image(support::partition_table()).kind, Kind::Esp32PartitionTable);
  EXPECT_THAT(errors_of(support::partition_table()), ElementsAre("esp32-partition-table"));
}

TEST(Esp32, DoesNotTakeTheFirstByteForAnImage) {
  const ImageFacts facts = read_image(support::Blob(100, 0xE9));
  EXPECT_EQ(facts.kind, Kind::Unknown);
  EXPECT_EQ(read_image({0xE9}).kind, Kind::Unknown);
}

}  // namespace
}  // namespace otatool::image
