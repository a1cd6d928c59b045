#include "image/recognise/checksums.hpp"

#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace otatool::image {
namespace {

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::uint32_t bit_by_bit(Bytes bytes) {
  std::uint32_t value = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    value ^= std::uint32_t{byte} << 24U;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value << 1U) ^ ((value & 0x80000000U) != 0 ? 0x04C11DB7U : 0U);
    }
  }
  return value;
}

TEST(FlashCrc, AnswersTheCatalogueCheckValue) {
  FlashCrc crc;
  crc.add(bytes_of("123456789"));
  EXPECT_EQ(crc.value(), 0x0376E6E7U);  // CRC-32/MPEG-2
}

TEST(FlashCrc, IsTheSameInWhateverPiecesTheBytesCome) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 80; ++size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(random());
    }
    for (std::size_t cut = 0; cut <= size; ++cut) {
      FlashCrc crc;
      crc.add(Bytes(bytes).first(cut));
      crc.add(Bytes(bytes).subspan(cut));
      ASSERT_EQ(crc.value(), bit_by_bit(bytes)) << size << " cut at " << cut;
    }
  }
}

TEST(FlashCrc, CountsZerosAsBytes) {
  FlashCrc counted;
  counted.add(bytes_of("image"));
  counted.add_zeros(13);
  const Bytes image = bytes_of("image");
  std::vector<std::uint8_t> bytes(image.begin(), image.end());
  bytes.resize(bytes.size() + 13);
  EXPECT_EQ(counted.value(), bit_by_bit(bytes));
}

}  // namespace
}  // namespace otatool::image
