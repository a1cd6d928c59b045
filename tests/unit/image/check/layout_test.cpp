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

TEST(Layout, LeavesRoomForFilesystems) {
  EXPECT_EQ(find_layout("4m2m")->fs_limit(), 0x1FB000U);
  EXPECT_EQ(find_layout("1m")->fs_limit(), 0U);
}

}  // namespace
}  // namespace otatool::image
