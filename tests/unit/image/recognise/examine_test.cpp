#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/fake_package.hpp"

namespace otatool::image {
namespace {

using support::Blob;

TEST(Examine, LooksIntoAPackage) {
  const Blob image = support::arduino_image();
  const Examined examined = examine_package(fake_package(image));
  EXPECT_EQ(examined.file.kind, Kind::Gzip);
  ASSERT_TRUE(examined.package);
  EXPECT_TRUE(examined.package->valid());
  ASSERT_TRUE(examined.content);
  EXPECT_EQ(examined.content->kind, Kind::Esp8266Arduino);
  EXPECT_EQ(examined.payload().kind, Kind::Esp8266Arduino);
  EXPECT_EQ(examined.content_bytes, image);
  EXPECT_EQ(examined.file.image_size, examined.file.file_size);
}

TEST(Examine, LooksAtAPlainFileAsItIs) {
  const Examined examined = examine_package(support::esp32_image());
  EXPECT_FALSE(examined.package);
  EXPECT_FALSE(examined.content);
  EXPECT_EQ(examined.payload().kind, Kind::Esp32App);
}

TEST(Examine, TakesTheSignatureOffAPackage) {
  const Blob package = fake_package(support::arduino_image());
  const Examined examined = examine_package(support::with_trailer(package, 256));
  ASSERT_TRUE(examined.file.signature);
  EXPECT_TRUE(examined.file.signature->certain);
  EXPECT_EQ(examined.file.signature->payload_size, package.size());
  EXPECT_TRUE(examined.package->valid());
  EXPECT_TRUE(examined.content);
  EXPECT_EQ(examined.file.trailing_bytes, 0U);
}

TEST(Examine, DoesNotBelieveALastWordWithinAPackage) {
  // The content ends in a word that would be the length of a signature.
  Blob content = support::noise(1000, 1);
  support::append_u32(content, 256);
  const Examined examined = examine_package(fake_package(content));
  EXPECT_FALSE(examined.file.signature);
  EXPECT_TRUE(examined.package->valid());
}

TEST(Examine, DoesNotLookIntoABrokenPackage) {
  Blob package = fake_package(support::arduino_image());
  package.pop_back();
  const Examined cut = examine_package(package);
  EXPECT_FALSE(cut.package->valid());
  EXPECT_FALSE(cut.content);
  EXPECT_EQ(cut.file.image_size, 0U);

  Blob longer = fake_package(support::arduino_image());
  longer.push_back(0);
  const Examined trailing = examine_package(longer);
  EXPECT_FALSE(trailing.package->valid());
  EXPECT_FALSE(trailing.content);
  EXPECT_EQ(trailing.file.trailing_bytes, 1U);
}

}  // namespace
}  // namespace otatool::image
