#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/recognise/checksums.hpp"
#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

using support::Blob;
using testing::IsEmpty;

Blob rp2040_image() {
  Blob image = support::noise(252, 7);
  FlashCrc crc;
  crc.add(image);
  support::append_u32(image, crc.value());
  image.resize(4096, 0xA5);
  return image;
}

TEST(Rp2040, IsToldByTheCrcOfItsBootCode) {
  Blob image = rp2040_image();
  EXPECT_EQ(read_image(image).kind, Kind::Rp2040);
  EXPECT_EQ(read_image(image).chip, Chip::Rp2040);
  EXPECT_FALSE(is_esp32_family(Chip::Rp2040));
  EXPECT_THAT(errors_of(image), IsEmpty());
  image[100] ^= 1;
  EXPECT_NE(read_image(image).kind, Kind::Rp2040);
  EXPECT_NE(read_image(Blob(image.begin(), image.begin() + 255)).kind, Kind::Rp2040);
}

TEST(Rp2040, IsNoBlankFlash) {
  EXPECT_NE(read_image(Blob(4096, 0x00)).kind, Kind::Rp2040);
  EXPECT_NE(read_image(Blob(4096, 0xFF)).kind, Kind::Rp2040);
}

}  // namespace
}  // namespace otatool::image
