#include "app/release/merged_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/app/release/release_images.hpp"

namespace otatool::app {
namespace {

TEST(MergedImage, HoldsAnAppThatCanBeUploaded) {
  for (const std::size_t bootloader : {std::size_t{0}, std::size_t{0x1000}}) {
    const ExaminedFile merged = examined(support::merged_image(bootloader, 0));
    const auto bytes = app_of(merged);
    ASSERT_TRUE(bytes) << bootloader;
    const auto app = examine_bytes(*bytes).file;
    EXPECT_EQ(app.kind, image::Kind::Esp32App);
    EXPECT_EQ(app.file_size, app.image_size);
    EXPECT_TRUE(app.sha256()->matches());
  }
}

TEST(MergedImage, NeedsACompleteApp) {
  EXPECT_EQ(app_of(sketch()).error().code(), Errc::WrongKind);
  support::Blob cut = support::merged_image(0, 0);
  cut.resize(cut.size() - 100);
  EXPECT_EQ(app_of(examined(cut)).error().message(),
            "fw.bin: the app in the merged image is incomplete");
}

}  // namespace
}  // namespace otatool::app
