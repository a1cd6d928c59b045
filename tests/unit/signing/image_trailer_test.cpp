#include "otatool/wire/image_trailer.hpp"

#include <array>

#include <gtest/gtest.h>

namespace otatool::wire {
namespace {

TEST(ImageTrailer, TheLengthFieldIsLittleEndian) {
  std::array<uint8_t, 4> field{};
  write_trailer_length(256, field.data());
  EXPECT_EQ(field, (std::array<uint8_t, 4>{0x00, 0x01, 0x00, 0x00}));
  write_trailer_length(0x80, field.data());
  EXPECT_EQ(field, (std::array<uint8_t, 4>{0x80, 0x00, 0x00, 0x00}));
  write_trailer_length(0x12345678, field.data());
  EXPECT_EQ(read_trailer_length(field.data()), 0x12345678U);
}

TEST(ImageTrailer, SplitsOnlyWhatTheKeyExpects) {
  const std::array<uint8_t, 4> field{0x00, 0x01, 0x00, 0x00};
  uint32_t payload_size = 99;
  EXPECT_TRUE(split_signed_file(1260, field.data(), 256, payload_size));
  EXPECT_EQ(payload_size, 1000U);
  EXPECT_TRUE(split_signed_file(260, field.data(), 256, payload_size));
  EXPECT_EQ(payload_size, 0U);
  EXPECT_FALSE(split_signed_file(259, field.data(), 256, payload_size));
  EXPECT_FALSE(split_signed_file(4, field.data(), 256, payload_size));
  EXPECT_FALSE(split_signed_file(1260, field.data(), 128, payload_size));
  const std::array<uint8_t, 4> huge{0xFF, 0xFF, 0xFF, 0xFF};
  EXPECT_FALSE(split_signed_file(0xFFFFFFFF, huge.data(), 0xFFFFFFFF, payload_size));
}

}  // namespace
}  // namespace otatool::wire
