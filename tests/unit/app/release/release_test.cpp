#include "app/release/release.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/release/signed_release.hpp"
#include "tests/unit/app/release/release_images.hpp"

namespace otatool::app {
namespace {

using ::testing::HasSubstr;

TEST(Release, LeavesAnImageUnchangedByDefault) {
  const auto release = prepare_release(sketch(), {}, nullptr);
  ASSERT_TRUE(release);
  EXPECT_EQ(release->file.bytes, sketch().bytes);
  EXPECT_FALSE(release->packed_from);
  EXPECT_FALSE(release->signed_form);
}

TEST(Release, PacksBeforeItSigns) {
  const auto key = private_key();
  const auto release = prepare_release(sketch(), {.packing = Packing::Always}, &key);
  ASSERT_TRUE(release);
  EXPECT_EQ(release->packed_from, sketch().bytes.size());
  EXPECT_EQ(release->file.examined.file.kind, image::Kind::Gzip);
  EXPECT_EQ(signed_payload_size(release->file), release->packed_size);
  EXPECT_EQ(release->signed_form, SignatureForm::Esp8266);
  EXPECT_EQ(release->file.signer, key.public_half().fingerprint());
}

TEST(Release, PacksNothingTwice) {
  const auto release = prepare_release(package(), {.packing = Packing::Always}, nullptr);
  ASSERT_TRUE(release);
  EXPECT_EQ(release->file.bytes, package().bytes);
}

TEST(Release, RefusesToPackOtherThanUnsignedEsp8266Images) {
  const auto key = private_key();
  const ReleaseOptions packed{.packing = Packing::Always};
  const auto esp32 = prepare_release(examined(support::esp32_image()), packed, nullptr);
  EXPECT_THAT(esp32.error().message(), HasSubstr("fw.bin: only ESP8266 images"));
  const auto signed_file = prepare_release(sketch(), {}, &key)->file;
  EXPECT_EQ(prepare_release(signed_file, packed, nullptr).error().code(), Errc::AlreadySigned);
}

TEST(Release, SignsNothingTwice) {
  const auto key = private_key();
  const auto signed_file = prepare_release(sketch(), {}, &key)->file;
  EXPECT_EQ(prepare_release(signed_file, {}, &key).error().code(), Errc::AlreadySigned);
}

TEST(Release, KnowsWhatCanBePacked) {
  const auto key = private_key();
  EXPECT_TRUE(is_packable(sketch(), false));
  EXPECT_FALSE(is_packable(sketch(), true));
  EXPECT_FALSE(is_packable(package(), false));
  EXPECT_FALSE(is_packable(examined(support::esp32_image()), false));
  EXPECT_FALSE(is_packable(prepare_release(sketch(), {}, &key)->file, false));
}

}  // namespace
}  // namespace otatool::app
