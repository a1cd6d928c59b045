#include "firmware/core/image_rules.hpp"

#include <gtest/gtest.h>

#include "tests/firmware/inflate/packages.hpp"
#include "tests/firmware/support/own_images.hpp"

namespace otatool::firmware {
namespace {

using testing::own_image;
using testing::OwnDevice;
using Image = std::vector<std::uint8_t>;

UpdateError check(const Image& image, std::uint32_t minimum_version, std::size_t piece = 256) {
  testing::RamFlash flash(testing::kOwnFlashSize);
  const Image running = own_image(8'192, 1);
  std::copy(running.begin(), running.end(), flash.cells().begin());
  ImageRules rules(flash, testing::kOwnMap, minimum_version);
  for (std::size_t at = 0; at < image.size() && !rules.decided(); at += piece) {
    const std::size_t count = std::min(piece, image.size() - at);
    const UpdateError error = rules.add(image.data() + at, count);
    if (error != UpdateError::None) {
      return error;
    }
  }
  return rules.result();
}

TEST(ImageRules, AcceptTheSameLoaderAndASufficientVersion) {
  const Image image = own_image(8'192, 7);
  for (const std::size_t piece : {4U, 12U, 60U, 64U, 256U, 4096U, 8192U}) {
    EXPECT_EQ(check(image, 0, piece), UpdateError::None) << piece;
    EXPECT_EQ(check(image, 7, piece), UpdateError::None) << piece;
    EXPECT_EQ(check(image, 8, piece), UpdateError::VersionOld) << piece;
  }
}

TEST(ImageRules, RefuseAnyChangeOfTheLoader) {
  for (const std::size_t at : {0U, 63U, 64U, 2000U, 4095U}) {
    Image image = own_image(8'192, 2);
    image[at] ^= 0x10;
    EXPECT_EQ(check(image, 0), UpdateError::LoaderDiffers) << at;
  }
}

TEST(ImageRules, RefuseALoaderWithoutAnApplication) {
  Image image = own_image(8'192, 2);
  image[kSectorSize] = 0;
  EXPECT_EQ(check(image, 0), UpdateError::MagicByte);
  EXPECT_EQ(check(Image(image.begin(), image.begin() + kSectorSize), 0), UpdateError::MagicByte);
  EXPECT_EQ(check(Image(image.begin(), image.begin() + kSectorSize + 60), 0),
            UpdateError::MagicByte);
}

TEST(ImageRules, AMinimumRequiresAVersion) {
  Image image = own_image(8'192, 2);
  image[kSectorSize + wire::kApplicationDescriptionOffset] ^= 1;
  EXPECT_EQ(check(image, 0), UpdateError::None);
  EXPECT_EQ(check(image, 1), UpdateError::VersionMissing);
}

TEST(ImageRules, ApplyToRawAndPackedUpdates) {
  OwnDevice device;
  device.install(own_image(9'000, 3));
  for (const bool packed : {false, true}) {
    const auto sent = [&](const Image& image) {
      return packed ? testing::pack_with_zlib(image) : image;
    };
    EXPECT_EQ(device.receive(sent(own_image(9'000, 2)), 3), UpdateError::VersionOld);
    EXPECT_EQ(device.boot().outcome, BootOutcome::Nothing);
    EXPECT_EQ(device.receive(sent(own_image(9'000, 2)), 0), UpdateError::None);
    EXPECT_EQ(device.receive(sent(own_image(9'000, 3)), 3), UpdateError::None);
  }
}

}  // namespace
}  // namespace otatool::firmware
