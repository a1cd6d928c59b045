// Constants in flash as an ESP8266 reads them: in aligned words. A program of its own, because the
// same header means something else on the host.
#include "firmware/core/flash_data.hpp"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#ifndef ARDUINO_ARCH_ESP8266
#error "this test is for the form of the ESP8266"
#endif

namespace otatool::firmware {
namespace {

constexpr std::uint32_t kTable[3] OTATOOL_IN_FLASH = {1, 0x80000002, 3};

TEST(FlashData, CopiesTextsOfEachLength) {
  const std::string text = "a text that has bytes above \x7F: \xC3\xA9";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    // Whole words: the reading of the last one reaches beyond the terminator.
    alignas(4) char in_flash[64] = {};
    std::memcpy(in_flash, text.data(), length);
    char copied[64];
    std::memset(copied, '#', sizeof(copied));
    EXPECT_EQ(copy_flash_text(in_flash, copied), length);
    EXPECT_EQ(std::string(copied, length), text.substr(0, length));
    EXPECT_EQ(copied[length], '#');
  }
}

TEST(FlashData, AlignsTables) {
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(kTable) % 4, 0U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(OTATOOL_FLASH_TEXT("x")) % 4, 0U);
  EXPECT_EQ(kTable[1], 0x80000002U);
}

}  // namespace
}  // namespace otatool::firmware
