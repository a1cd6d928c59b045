#include "firmware/tools/elf2image/image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/firmware/elf2image/elf_file.hpp"
#include "tests/firmware/elf2image/image_reading.hpp"

namespace otatool::elf2image {
namespace {

using ::testing::Each;
using testing::ElfFile;
using testing::File;
using ::testing::HasSubstr;
using testing::irom;
using testing::read_program;
using testing::word;

Result<std::vector<std::uint8_t>> build(const ElfFile& loader,
                                        const ElfFile& application,
                                        const FlashSettings& flash = {}) {
  const File loader_file = loader.bytes();
  const File application_file = application.bytes();
  const auto loader_elf = read_elf(loader_file);
  const auto application_elf = read_elf(application_file);
  EXPECT_TRUE(loader_elf && application_elf);
  return build_image(*loader_elf, *application_elf, flash);
}

std::string reason(const ElfFile& loader, const ElfFile& application) {
  const auto image = build(loader, application);
  return image ? "" : image.error().message();
}

ElfFile application_with(testing::NewSection extra) {
  return ElfFile(0x40100000)
      .add(irom(100))
      .add({".text", 0x40100000, testing::content(64, 9)})
      .add(std::move(extra));
}

TEST(FlashCrc, AnswersTheCatalogueCheckValue) {
  // CRC-32/MPEG-2.
  EXPECT_EQ(flash_crc(as_bytes("123456789")), 0x0376E6E7U);
}

TEST(BuildImage, PlacesLoaderFillAndApplication) {
  const auto image = build(testing::small_loader(), testing::small_application());
  ASSERT_TRUE(image) << image.error().message();
  const auto loader = read_program(*image, 0);
  EXPECT_EQ(loader.entry, 0x4010F000U);
  ASSERT_EQ(loader.segments.size(), 1U);
  EXPECT_EQ(loader.segments[0].bytes, testing::content(300, 2));
  EXPECT_EQ(loader.end % 16, 0U);
  EXPECT_THAT(Bytes(*image).subspan(loader.end, 0x1000 - loader.end), Each(0xAA));

  const auto application = read_program(*image, 0x1000);
  EXPECT_EQ(application.entry, 0x40100004U);
  EXPECT_EQ(application.end, image->size());
  ASSERT_EQ(application.segments.size(), 5U);
  const std::uint32_t addresses[] = {0x40201010, 0x40100000, 0x40100200, 0x3FFE8000, 0x3FFE8400};
  const std::size_t sizes[] = {1001, 512, 16, 40, 77};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(application.segments[i].address, addresses[i]) << i;
    EXPECT_EQ(application.segments[i].bytes.size(), sizes[i]) << i;
  }
  EXPECT_EQ(application.segments[4].bytes, testing::content(77, 3));
}

TEST(BuildImage, ChecksumsAndCrcAgreeWithAnIndependentCalculation) {
  const auto image = build(testing::small_loader(), testing::small_application());
  ASSERT_TRUE(image);
  testing::expect_sound(*image);
}

TEST(BuildImage, BothHeadersTellTheFlashSettings) {
  const auto image = build(testing::small_loader(),
                           testing::small_application(),
                           {FlashMode::Dout, FlashSize::MiB1, FlashFrequency::MHz80});
  ASSERT_TRUE(image);
  for (const std::size_t header : {0x0U, 0x1000U}) {
    EXPECT_EQ((*image)[header + 2], 3);
    EXPECT_EQ((*image)[header + 3], 0x2F);
  }
  testing::expect_sound(*image);
}

TEST(BuildImage, RefusesALoaderLargerThanItsSlot) {
  // 8 bytes of header, 8 of the segment's, one for the checksum.
  const ElfFile largest =
      ElfFile(0x4010F000).add({".text", 0x4010F000, testing::content(0x1000 - 17, 1)});
  EXPECT_EQ(reason(largest, testing::small_application()), "");
  const ElfFile larger =
      ElfFile(0x4010F000).add({".text", 0x4010F000, testing::content(0x1000 - 16, 1)});
  EXPECT_EQ(reason(larger, testing::small_application()),
            "the loader needs 4112 bytes and has 4096");
}

TEST(BuildImage, TheApplicationsAddressSaysHowLargeTheLoadersSlotIs) {
  const ElfFile loader =
      ElfFile(0x4010E000).add({".text", 0x4010E000, testing::content(0x2000 - 17, 1)});
  testing::NewSection code = irom(100);
  code.address = 0x40202010;
  const auto image = build(
      loader, ElfFile(0x40100000).add(code).add({".text", 0x40100000, testing::content(64, 9)}));
  ASSERT_TRUE(image) << image.error().message();
  EXPECT_EQ(read_program(*image, 0x2000).segments[0].address, 0x40202010U);
  testing::expect_sound(*image, 0x2000);
  code.address = 0x40203010;
  EXPECT_THAT(reason(loader, ElfFile(0x40100000).add(code)),
              HasSubstr("application: the first segment is '.irom0.text' at 0x40203010"));
}

TEST(BuildImage, RefusesAnImageLargerThanTheFlash) {
  const ElfFile application = ElfFile(0x40100000)
                                  .add(irom(std::size_t{600} * 1024))
                                  .add({".text", 0x40100000, testing::content(64, 9)});
  EXPECT_TRUE(build(testing::small_loader(), application, {FlashMode::Dio, FlashSize::MiB1, {}}));
  const auto image =
      build(testing::small_loader(), application, {FlashMode::Dio, FlashSize::KiB512, {}});
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code(), Errc::DoesNotFit);
}

TEST(BuildImage, RefusesProgramsThatCannotBeLoaded) {
  const ElfFile loader = testing::small_loader();
  EXPECT_THAT(reason(loader, ElfFile(0x40100000).add({".text", 0x40100000, {1, 2, 3, 4}})),
              HasSubstr("application: the first segment is '.text' at 0x40100000"));
  EXPECT_THAT(reason(loader, application_with({".vectors", 0x40100100, {1}})),
              HasSubstr("section '.vectors' (1 bytes) has no segment"));
  EXPECT_THAT(reason(loader, application_with({".data", 0x20000000, {1}})),
              HasSubstr("section '.data' (1 bytes) cannot be loaded at 0x20000000"));
  EXPECT_THAT(reason(loader, application_with({".data", 0x3FFFBFFF, {1, 2}})),
              HasSubstr("cannot be loaded"));
  EXPECT_THAT(reason(loader, application_with({".text", 0x40100200, {1}})),
              HasSubstr("section '.text' appears twice"));
  EXPECT_THAT(reason(ElfFile(0x4010F000), testing::small_application()),
              HasSubstr("loader: nothing to load"));
  EXPECT_THAT(
      reason(ElfFile(0x40100000).add({".text", 0x4010F000, {1}}), testing::small_application()),
      HasSubstr("loader: entry 0x40100000 is not in a segment"));
}

TEST(BuildImage, RefusesToOverwriteCodeWithLengthAndCrc) {
  testing::NewSection full = irom(100);
  full.content[7] = 1;
  const ElfFile application =
      ElfFile(0x40100000).add(full).add({".text", 0x40100000, testing::content(64, 9)});
  EXPECT_THAT(reason(testing::small_loader(), application), HasSubstr("two zero words"));
  const ElfFile short_one =
      ElfFile(0x40100000).add(irom(7)).add({".text", 0x40100000, testing::content(64, 9)});
  EXPECT_THAT(reason(testing::small_loader(), short_one), HasSubstr("two zero words"));
}

}  // namespace
}  // namespace otatool::elf2image
