#include "firmware/app/settings.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "otatool/wire/crc32.hpp"

#include "tests/firmware/support/ram_flash.hpp"

namespace otatool::firmware {
namespace {

constexpr std::uint32_t kFirst = settings_offset(16 * kSectorSize);

Settings sample() {
  Settings settings{};
  settings.magic = Settings::kMagic;
  settings.password_length = 32;
  std::memset(settings.password, 'a', 32);
  settings.modulus_length = 256;
  settings.exponent_length = 3;
  settings.crc = wire::crc32(
      0, reinterpret_cast<const std::uint8_t*>(&settings), sizeof(settings) - sizeof(settings.crc));
  return settings;
}

class DeviceSettings : public ::testing::Test {
 protected:
  void put(const Settings& settings, std::uint32_t offset) {
    std::memcpy(flash_.cells().data() + offset, &settings, sizeof(settings));
  }
  void flip(std::uint32_t offset, std::size_t bit) {
    std::uint8_t& cell = flash_.cells()[offset + bit / 8];
    cell = static_cast<std::uint8_t>(cell ^ 1U << bit % 8);
  }
  bool reads_sample() {
    Settings read{};
    const Settings expected = sample();
    return read_settings(flash_, read) && std::memcmp(&read, &expected, sizeof(read)) == 0;
  }

  testing::RamFlash flash_{16 * kSectorSize};
};

TEST_F(DeviceSettings, AnyFlippedBitLeavesTheOtherCopy) {
  for (const std::uint32_t damaged : {kFirst, kFirst + kSecondSettings}) {
    for (std::size_t bit = 0; bit < 8 * sizeof(Settings); bit += 7) {
      put(sample(), kFirst);
      put(sample(), kFirst + kSecondSettings);
      flip(damaged, bit);
      EXPECT_TRUE(reads_sample()) << bit;
    }
  }
}

TEST_F(DeviceSettings, WithoutAValidCopyNothingIsKnown) {
  Settings read = sample();
  const Settings none{};
  EXPECT_FALSE(read_settings(flash_, read)) << "a blank flash";
  EXPECT_EQ(std::memcmp(&read, &none, sizeof(read)), 0);
  put(sample(), kFirst);
  put(sample(), kFirst + kSecondSettings);
  flip(kFirst, 100);
  flip(kFirst + kSecondSettings, 2'000);
  EXPECT_FALSE(read_settings(flash_, read));
  EXPECT_EQ(std::memcmp(&read, &none, sizeof(read)), 0);
}

TEST_F(DeviceSettings, ImpossibleLengthsAreInvalid) {
  Settings settings = sample();
  settings.password_length = sizeof(settings.password) + 1;
  settings.crc = wire::crc32(
      0, reinterpret_cast<const std::uint8_t*>(&settings), sizeof(settings) - sizeof(settings.crc));
  put(settings, kFirst);
  put(settings, kFirst + kSecondSettings);
  EXPECT_FALSE(reads_sample());
}

}  // namespace
}  // namespace otatool::firmware
