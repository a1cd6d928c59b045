#include "otatool/image/flash_patch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

using support::Blob;
using support::CrcPlace;

Errc refusal(const Blob& image) {
  const auto patched = set_flash_mode(image, read_image(image), FlashMode::Dout);
  return patched ? Errc::Internal : patched.error().code();
}

TEST(FlashPatch, ChangesTheModeAndRedoesTheCrc) {
  for (const CrcPlace place : {CrcPlace::InSketch, CrcPlace::InLoader, CrcPlace::None}) {
    const Blob image = support::arduino_image({.crc = place});
    const auto patched = set_flash_mode(image, read_image(image), FlashMode::Dout);
    ASSERT_TRUE(patched);
    // Byte 2 of the first header is what a chip starts from.
    EXPECT_EQ((*patched)[2], 3);
    EXPECT_THAT(errors_of(*patched), testing::IsEmpty());
    EXPECT_EQ(read_image(*patched).crc.has_value(), place != CrcPlace::None);
  }
}

TEST(FlashPatch, ChangesNothingElse) {
  const Blob image = support::arduino_image();
  const auto patched = set_flash_mode(image, read_image(image), FlashMode::Qio);
  ASSERT_TRUE(patched);
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < image.size(); ++i) {
    if (image[i] != (*patched)[i]) {
      changed.push_back(i);
    }
  }
  for (const std::size_t at : changed) {
    EXPECT_TRUE(at == 2 || (at >= 4116 && at < 4120)) << at;
  }
  EXPECT_EQ(*set_flash_mode(image, read_image(image), FlashMode::Dio), image);
}

TEST(FlashPatch, RefusesWhatItWouldBreak) {
  EXPECT_EQ(refusal(support::esp32_image()), Errc::WrongKind);
  EXPECT_EQ(refusal(support::esp32_bootloader()), Errc::WrongKind);
  EXPECT_EQ(refusal(support::littlefs_image(4096, 4)), Errc::WrongKind);
  EXPECT_EQ(refusal({}), Errc::WrongKind);
  EXPECT_EQ(refusal(support::with_trailer(support::arduino_image(), 256)), Errc::AlreadySigned);
}

TEST(FlashPatch, DoesNotHideDamage) {
  Blob broken_crc = support::arduino_image();
  broken_crc[3] ^= 0x10;
  EXPECT_EQ(refusal(broken_crc), Errc::NotAnImage);
  Blob broken_sum = support::arduino_image({.crc = CrcPlace::None});
  broken_sum[0x1200] ^= 1;
  EXPECT_EQ(refusal(broken_sum), Errc::NotAnImage);
  Blob cut = support::arduino_image();
  cut.pop_back();
  EXPECT_EQ(refusal(cut), Errc::NotAnImage);
}

}  // namespace
}  // namespace otatool::image
