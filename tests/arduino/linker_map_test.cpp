#include "firmware/arduino/linker_map.hpp"

#include <gtest/gtest.h>

#include "otatool/wire/flash_layout.hpp"

namespace otatool::arduino {
namespace {

TEST(LinkerMap, IsTheLayoutOfEachBoard) {
  for (const wire::FlashLayout& layout : wire::kFlashLayouts) {
    const std::uint32_t eeprom = layout.flash_size - wire::kFlashReservedSize;
    firmware::FlashMap map{};
    ASSERT_TRUE(linker_flash_map(kFlashWindow + layout.filesystem,
                                 kFlashWindow + layout.filesystem_end,
                                 kFlashWindow + eeprom,
                                 map))
        << layout.name;
    EXPECT_EQ(map.application, 0U);
    EXPECT_EQ(map.staging, 0U);
    EXPECT_EQ(map.application_end, layout.filesystem) << layout.name;
    EXPECT_EQ(map.staging_end, layout.filesystem) << layout.name;
    EXPECT_EQ(map.filesystem, layout.filesystem) << layout.name;
    EXPECT_EQ(map.filesystem_end, layout.filesystem_end) << layout.name;
    EXPECT_EQ(map.loader_size, 0U);
    EXPECT_FALSE(map.keeps_backup);
  }
}

TEST(LinkerMap, RefusesSymbolsThatAreNoLayout) {
  firmware::FlashMap map{};
  EXPECT_FALSE(linker_flash_map(0, 0, 0, map));
  EXPECT_FALSE(linker_flash_map(kFlashWindow, kFlashWindow + 8192, kFlashWindow + 8192, map));
  EXPECT_FALSE(linker_flash_map(0x40400000, 0x40300000, 0x405FB000, map));
  EXPECT_FALSE(linker_flash_map(0x40400000, 0x405FC000, 0x405FB000, map));
}

}  // namespace
}  // namespace otatool::arduino
