#include "otatool/image/layout.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::image {
namespace {

using testing::HasSubstr;

TEST(Layout, KnowsEveryLayoutOfTheTable) {
  // signing-gzip-images.md 2.4
  const std::map<std::string_view, std::uint32_t> table = {
      {"512k", 0x7B000},   {"512k32", 0x73000}, {"512k64", 0x6B000}, {"512k128", 0x5B000},
      {"1m", 0xFB000},     {"1m64", 0xEB000},   {"1m128", 0xDB000},  {"1m144", 0xD7000},
      {"1m160", 0xD3000},  {"1m192", 0xCB000},  {"1m256", 0xBB000},  {"1m512", 0x7B000},
      {"2m", 0x1FB000},    {"2m64", 0x1F0000},  {"2m128", 0x1E0000}, {"2m256", 0x1C0000},
      {"2m512", 0x180000}, {"2m1m", 0x100000},  {"4m", 0x3FB000},    {"4m3m", 0x100000},
      {"4m2m", 0x200000},  {"4m1m", 0x300000},  {"8m6m", 0x200000},  {"16m14m", 0x200000},
      {"8m7m", 0x100000},  {"16m15m", 0x100000}};
  EXPECT_EQ(layouts().size(), table.size());
  for (const auto& [name, start] : table) {
    const auto layout = find_layout(name);
    ASSERT_TRUE(layout) << name;
    EXPECT_EQ(layout->fs_start, start) << name;
    EXPECT_LE(layout->fs_start, layout->flash_size - 0x5000) << name;
  }
}

TEST(Layout, LimitsTheCodeInFlash) {
  EXPECT_EQ(find_layout("1m64")->irom_limit, 0xEB000U - 0x1010);
  EXPECT_EQ(find_layout("2m64")->irom_limit, 0xFEFF0U);
  EXPECT_EQ(find_layout("4m2m")->irom_limit, 0xFEFF0U);
}

TEST(Layout, TakesOtherSpellingsOfANameAndNoOtherNames) {
  EXPECT_EQ(find_layout("4M2M")->name, "4m2m");
  EXPECT_EQ(find_layout("eagle.flash.1m64.ld")->name, "1m64");
  for (const std::string_view name : {"", "4m4m", "eagle.flash..ld", "1m6"}) {
    ASSERT_FALSE(find_layout(name)) << name;
    EXPECT_EQ(find_layout(name).error().code(), Errc::Usage);
  }
}

TEST(Layout, ChecksTheStagingAreaToTheSector) {
  const Layout layout = *find_layout("1m64");
  const std::uint64_t room = 0xEB000 - 0x80000;
  EXPECT_TRUE(fits(layout, {.current_size = 0x80000, .file_size = room}).fits());
  const Fit more = fits(layout, {.current_size = 0x80000, .file_size = room + 1});
  EXPECT_FALSE(more.fits());
  EXPECT_FALSE(more.staging_fits);
  EXPECT_EQ(more.staged, room + 4096);
  EXPECT_THAT(more.reason, HasSubstr("962560"));
  EXPECT_FALSE(fits(layout, {.current_size = 0x80001, .file_size = room}).fits());
}

TEST(Layout, ChecksWhatAPackageUnpacksTo) {
  const Layout layout = *find_layout("1m64");
  EXPECT_TRUE(
      fits(layout, {.current_size = 0x1000, .file_size = 0x1000, .inflated_size = 0xEB000}).fits());
  const Fit more =
      fits(layout, {.current_size = 0x1000, .file_size = 0x1000, .inflated_size = 0xEB001});
  EXPECT_TRUE(more.staging_fits);
  EXPECT_FALSE(more.inflated_fits);
  EXPECT_THAT(more.reason, HasSubstr("unpacks to 966656"));
}

TEST(Layout, ChecksTheCodeInFlash) {
  const Layout layout = *find_layout("4m2m");
  EXPECT_TRUE(fits(layout, {.file_size = 1, .irom_size = 0xFEFF0}).fits());
  EXPECT_FALSE(fits(layout, {.file_size = 1, .irom_size = 0xFEFF1}).fits());
}

TEST(Layout, DoesNotWrapAround) {
  constexpr auto kHuge = ~std::uint64_t{0};
  EXPECT_FALSE(fits(*find_layout("4m2m"), {.current_size = kHuge, .file_size = kHuge}).fits());
  EXPECT_FALSE(fits(*find_layout("4m2m"), {.file_size = 1, .inflated_size = kHuge}).fits());
}

TEST(Layout, KnowsTheSizeOfEachFilesystemArea) {
  // _FS_end - _FS_start of the linker scripts (signing-gzip-images.md 2.4)
  const std::map<std::string_view, std::uint32_t> table = {{"512k", 0},
                                                           {"512k32", 32'768},
                                                           {"512k64", 65'536},
                                                           {"512k128", 131'072},
                                                           {"1m", 0},
                                                           {"1m64", 65'536},
                                                           {"1m128", 131'072},
                                                           {"1m144", 147'456},
                                                           {"1m160", 163'840},
                                                           {"1m192", 196'608},
                                                           {"1m256", 262'144},
                                                           {"1m512", 524'288},
                                                           {"2m", 0},
                                                           {"2m64", 45'056},
                                                           {"2m128", 110'592},
                                                           {"2m256", 241'664},
                                                           {"2m512", 499'712},
                                                           {"2m1m", 1'024'000},
                                                           {"4m", 0},
                                                           {"4m1m", 1'024'000},
                                                           {"4m2m", 2'072'576},
                                                           {"4m3m", 3'121'152},
                                                           {"8m6m", 6'266'880},
                                                           {"8m7m", 7'315'456},
                                                           {"16m14m", 14'655'488},
                                                           {"16m15m", 15'704'064}};
  EXPECT_EQ(layouts().size(), table.size());
  for (const auto& [name, size] : table) {
    EXPECT_EQ(find_layout(name)->fs_size(), size) << name;
  }
}

TEST(Layout, TakesAFilesystemOfExactlyItsArea) {
  const Layout layout = *find_layout("4m2m");
  EXPECT_TRUE(fits(layout, {.filesystem_size = 2'072'576}).fits());
  for (const std::uint64_t size : {std::uint64_t{2'064'384}, std::uint64_t{2'076'672}}) {
    const Fit fit = fits(layout, {.filesystem_size = size});
    EXPECT_FALSE(fit.fits()) << size;
    EXPECT_THAT(fit.reason, HasSubstr("the filesystem area of 4m2m has 2072576"));
  }
}

TEST(Layout, StagesAPackedFilesystemBelowTheFilesystem) {
  const Layout layout = *find_layout("1m64");
  const FitQuestion question{.current_size = 0xE0000,
                             .file_size = 0xB000,
                             .inflated_size = 65'536,
                             .filesystem_size = 65'536};
  EXPECT_TRUE(fits(layout, question).fits());
  FitQuestion larger = question;
  larger.file_size += 1;
  EXPECT_FALSE(fits(layout, larger).staging_fits);
}

TEST(Layout, ComparesTheFlashSizeThatAPackedImageNames) {
  const Layout layout = *find_layout("1m64");
  EXPECT_TRUE(fits(layout, {.packed_flash_size = 0x100000}).fits());
  const Fit fit = fits(layout, {.packed_flash_size = 0x400000});
  EXPECT_FALSE(fit.fits());
  EXPECT_THAT(fit.reason, HasSubstr("names 4096 KiB of flash and 1m64 has 1024 KiB"));
}

}  // namespace
}  // namespace otatool::image
