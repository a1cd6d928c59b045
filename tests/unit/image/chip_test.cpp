#include "otatool/image/chip.hpp"

#include <gtest/gtest.h>

namespace otatool::image {
namespace {

std::uint64_t size_of(Chip chip, unsigned nibble) {
  return read_flash_settings(chip, 0, static_cast<std::uint8_t>(nibble << 4U))
      .size_bytes.value_or(0);
}

std::string_view frequency_of(Chip chip, unsigned nibble) {
  return read_flash_settings(chip, 0, static_cast<std::uint8_t>(nibble)).frequency;
}

TEST(Chip, ReadsFlashSizes) {
  constexpr std::uint64_t kKib = 1024;
  constexpr std::uint64_t kMib = 1024 * kKib;
  EXPECT_EQ(size_of(Chip::Esp8266, 0), 512 * kKib);
  EXPECT_EQ(size_of(Chip::Esp8266, 1), 256 * kKib);
  EXPECT_EQ(size_of(Chip::Esp8266, 2), kMib);
  EXPECT_EQ(size_of(Chip::Esp8266, 3), 2 * kMib);
  EXPECT_EQ(size_of(Chip::Esp8266, 4), 4 * kMib);
  EXPECT_EQ(size_of(Chip::Esp8266, 5), 2 * kMib);
  EXPECT_EQ(size_of(Chip::Esp8266, 6), 4 * kMib);
  EXPECT_EQ(size_of(Chip::Esp8266, 7), 0U);
  EXPECT_EQ(size_of(Chip::Esp8266, 8), 8 * kMib);
  EXPECT_EQ(size_of(Chip::Esp8266, 9), 16 * kMib);
  EXPECT_EQ(size_of(Chip::Esp8266, 10), 0U);
  EXPECT_EQ(size_of(Chip::Esp32, 0), kMib);
  EXPECT_EQ(size_of(Chip::Esp32S3, 4), 16 * kMib);
  EXPECT_EQ(size_of(Chip::Esp32S3, 7), 128 * kMib);
  EXPECT_EQ(size_of(Chip::Esp32S3, 8), 0U);
}

TEST(Chip, ReadsFrequenciesByChip) {
  EXPECT_EQ(frequency_of(Chip::Esp8266, 0), "40m");
  EXPECT_EQ(frequency_of(Chip::Esp8266, 0xF), "80m");
  EXPECT_EQ(frequency_of(Chip::Esp8266, 3), "");
  EXPECT_EQ(frequency_of(Chip::Esp32, 1), "26m");
  EXPECT_EQ(frequency_of(Chip::Esp32C2, 0xF), "60m");
  EXPECT_EQ(frequency_of(Chip::Esp32C2, 2), "15m");
  EXPECT_EQ(frequency_of(Chip::Esp32H2, 1), "16m");
  EXPECT_EQ(frequency_of(Chip::Esp32H4, 0), "24m");
  EXPECT_EQ(frequency_of(Chip::Esp32C6, 0), "40m or 80m");
  EXPECT_EQ(frequency_of(Chip::Esp32C61, 1), "");
}

TEST(Chip, ReadsFlashModes) {
  EXPECT_EQ(read_flash_settings(Chip::Esp8266, 0, 0).mode, FlashMode::Qio);
  EXPECT_EQ(read_flash_settings(Chip::Esp8266, 3, 0).mode, FlashMode::Dout);
  EXPECT_EQ(read_flash_settings(Chip::Esp8266, 4, 0).mode, std::nullopt);
  for (const FlashMode mode : {FlashMode::Qio, FlashMode::Qout, FlashMode::Dio, FlashMode::Dout}) {
    EXPECT_EQ(flash_mode_of_name(to_string(mode)), mode);
  }
  EXPECT_EQ(flash_mode_of_name("fast"), std::nullopt);
}

TEST(Chip, TellsWhereASegmentGoes) {
  EXPECT_EQ(memory_at(Chip::Esp8266, 0x40201010), Memory::Flash);
  EXPECT_EQ(memory_at(Chip::Esp8266, 0x4010FFFF), Memory::Iram);
  EXPECT_EQ(memory_at(Chip::Esp8266, 0x40110000), Memory::Unknown);
  EXPECT_EQ(memory_at(Chip::Esp32, 0x400D0020), Memory::Flash);
  EXPECT_EQ(memory_at(Chip::Esp32, 0x50000000), Memory::Rtc);
  EXPECT_EQ(memory_at(Chip::Esp32S31, 0x53FFFFFF), Memory::Flash);
  EXPECT_EQ(memory_at(Chip::Esp32S31, 0x2F000000), Memory::Iram);
  EXPECT_EQ(memory_at(Chip::Esp32S31, 0x2E008000), Memory::Unknown);
  EXPECT_EQ(memory_at(Chip::Esp32E22, 0x3C000000), Memory::Flash);
  EXPECT_EQ(memory_at(Chip::Esp32E22, 0x311FFFFF), Memory::Iram);
  EXPECT_EQ(memory_at(Chip::Esp32E22, 0xC0007FFF), Memory::Rtc);
  EXPECT_EQ(memory_at(Chip::Esp32S2, 0x40080020), Memory::Flash);
  EXPECT_EQ(memory_at(Chip::Esp32C3, 0x42000020), Memory::Flash);
  EXPECT_EQ(memory_at(Chip::Esp32C6, 0x40800000), Memory::Iram);
  EXPECT_EQ(memory_at(Chip::Esp32P4, 0x40000020), Memory::Flash);
  EXPECT_EQ(memory_at(Chip::Esp32, 0), Memory::Padding);
  EXPECT_EQ(memory_at(Chip::None, 0x40201010), Memory::Unknown);
}

TEST(Chip, NamesChips) {
  EXPECT_EQ(to_string(Chip::Esp8266), "esp8266");
  EXPECT_EQ(to_string(Chip::Esp32C61), "esp32-c61");
  EXPECT_EQ(to_string(Chip::None), "none");
  EXPECT_EQ(chip_of_id(0xFFFF), Chip::Esp32Unknown);
}

}  // namespace
}  // namespace otatool::image
