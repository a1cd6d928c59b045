#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

using support::ArduinoSpec;
using support::Blob;
using support::CrcPlace;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Esp8266, ReadsAnArduinoImage) {
  const Blob image = support::arduino_image();
  const ImageFacts facts = read_image(image);
  EXPECT_EQ(facts.kind, Kind::Esp8266Arduino);
  EXPECT_EQ(facts.chip, Chip::Esp8266);
  EXPECT_EQ(facts.file_size, image.size());
  EXPECT_EQ(facts.image_size, image.size());
  EXPECT_EQ(facts.trailing_bytes, 0U);
  EXPECT_FALSE(facts.signature);
  ASSERT_EQ(facts.parts.size(), 2U);
  EXPECT_EQ(facts.parts[0].role, PartRole::Loader);
  EXPECT_EQ(facts.parts[0].segments.size(), 2U);
  EXPECT_TRUE(facts.parts[0].checksum->matches());

  const Part& sketch = *facts.main_part();
  EXPECT_EQ(sketch.role, PartRole::App);
  EXPECT_EQ(sketch.offset, 0x1000U);
  EXPECT_EQ(sketch.entry, 0x40100000U);
  ASSERT_EQ(sketch.segments.size(), 5U);
  EXPECT_EQ(sketch.segments[0].offset, 0x1010U);
  EXPECT_EQ(sketch.segments[0].address, 0x40201010U);
  EXPECT_EQ(sketch.segments[0].size, 3001U);
  EXPECT_EQ(sketch.segments[0].memory, Memory::Flash);
  EXPECT_EQ(sketch.segments[1].memory, Memory::Iram);
  EXPECT_EQ(sketch.segments[3].memory, Memory::Dram);
  EXPECT_EQ(sketch.flash.mode, FlashMode::Dio);
  EXPECT_EQ(sketch.flash.size_bytes, 4U << 20U);
  EXPECT_EQ(sketch.flash.frequency, "40m");
}

TEST(Esp8266, FindsTheCrcInTheSketchAndLeavesItOutOfTheChecksum) {
  const Blob image = support::arduino_image();
  const ImageFacts facts = read_image(image);
  ASSERT_TRUE(facts.crc);
  EXPECT_EQ(facts.crc->offset, 4116U);
  EXPECT_EQ(facts.crc->covered_size, image.size());
  EXPECT_TRUE(facts.crc->value.matches());
  EXPECT_TRUE(facts.parts[1].checksum->matches());
  EXPECT_THAT(errors_of(image), IsEmpty());
}

TEST(Esp8266, FindsTheCrcInTheLoaderOfCores27) {
  const ImageFacts facts = read_image(support::arduino_image({.crc = CrcPlace::InLoader}));
  ASSERT_TRUE(facts.crc);
  EXPECT_EQ(facts.crc->offset, 4092U);
  EXPECT_TRUE(facts.crc->value.matches());
  EXPECT_TRUE(facts.parts[1].checksum->matches());
}

TEST(Esp8266, TakesImagesWithoutCrc) {
  const Blob image = support::arduino_image({.crc = CrcPlace::None});
  EXPECT_FALSE(read_image(image).crc);
  EXPECT_THAT(errors_of(image), IsEmpty());
  EXPECT_TRUE(has_code(problems(examine_image(image)), "no-crc"));
}

TEST(Esp8266, NoticesAnyChangedByteOfAnArduinoImage) {
  const Blob image = support::arduino_image({.code_size = 101});
  for (std::size_t at = 0; at < image.size(); ++at) {
    Blob changed = image;
    changed[at] ^= 0x10;
    EXPECT_THAT(errors_of(changed), testing::Not(IsEmpty())) << "byte " << at;
  }
}

TEST(Esp8266, NoticesAChangedFlashModeByTheCrcAlone) {
  Blob image = support::arduino_image();
  image[2] = 3;
  EXPECT_THAT(errors_of(image), ElementsAre("crc"));
}

TEST(Esp8266, NoticesAChangedSketchWithoutCrcByTheChecksum) {
  Blob image = support::arduino_image({.crc = CrcPlace::None});
  image[0x1100] ^= 1;
  EXPECT_THAT(errors_of(image), ElementsAre("checksum"));
}

TEST(Esp8266, TellsTheLoaderAlone) {
  const Blob loader = support::loader_image();
  EXPECT_EQ(read_image(loader).kind, Kind::Esp8266Loader);
  EXPECT_EQ(read_image(loader).image_size, loader.size());
  EXPECT_THAT(errors_of(loader), ElementsAre("esp8266-loader"));

  Blob padded = support::arduino_image();
  padded.resize(0x1000);
  EXPECT_EQ(read_image(padded).kind, Kind::Esp8266Loader);
}

TEST(Esp8266, TellsAnImageWithoutLoader) {
  const Blob image = support::v1_image({}, {{0x40100000, support::noise(77, 1)}});
  const ImageFacts facts = read_image(image);
  EXPECT_EQ(facts.kind, Kind::Esp8266V1);
  EXPECT_EQ(facts.image_size, image.size());
  EXPECT_TRUE(facts.parts.front().checksum->matches());
  EXPECT_THAT(errors_of(image), ElementsAre("esp8266-v1"));
}

TEST(Esp8266, ReadsImagesOfTheOtherSdk) {
  const Blob image =
      support::v2_image(1000, {{0x40100000, support::noise(50, 1)}, {0x3FFE8000, {1, 2, 3}}});
  const ImageFacts facts = read_image(image);
  EXPECT_EQ(facts.kind, Kind::Esp8266V2);
  ASSERT_EQ(facts.parts.size(), 2U);
  EXPECT_EQ(facts.parts[0].role, PartRole::Irom);
  EXPECT_EQ(facts.parts[1].segments.size(), 2U);
  EXPECT_EQ(facts.image_size, image.size());
  ASSERT_TRUE(facts.crc);
  EXPECT_TRUE(facts.crc->value.matches());
  EXPECT_TRUE(facts.parts[1].checksum->matches());
  EXPECT_THAT(errors_of(image), ElementsAre("esp8266-v2"));
}

TEST(Esp8266, ChecksTheCrcOfTheOtherSdkWithEitherTopBit) {
  // Bit 31 of the plain CRC decides how it is written; both occur among these sizes.
  for (std::size_t size = 16; size < std::size_t{16} * 20; size += 16) {
    const ImageFacts facts = read_image(support::v2_image(size, {{0x40100000, {9}}}));
    ASSERT_TRUE(facts.crc) << size;
    EXPECT_TRUE(facts.crc->value.matches()) << size;
  }
}

TEST(Esp8266, ReadsTheFlashSettingsOfAnSdkImageFromTheInnerHeader) {
  Blob image = support::v2_image(64, {{0x40100000, {9}}});
  image[2] = image[3] = 0;
  image[16 + 64 + 3] = 0x50;
  const ImageFacts facts = read_image(image);
  for (const Part& part : facts.parts) {
    EXPECT_EQ(part.flash.size_and_frequency, 0x50);
    EXPECT_EQ(part.flash.size_bytes, 2U << 20U);
  }
}

TEST(Esp8266, NoticesAMissingInnerImage) {
  Blob image = support::v2_image(64, {{0x40100000, {9}}});
  image[16 + 64] = 0;
  EXPECT_THAT(errors_of(image), Contains("second-header"));
}

TEST(Esp8266, NoticesTooFewAndTooManySegments) {
  Blob none = support::loader_image();
  none[1] = 0;
  EXPECT_THAT(errors_of(none), Contains("no-segments"));

  std::vector<support::SegmentSpec> segments;
  for (std::uint32_t i = 0; i < 16; ++i) {
    segments.push_back({0x40100000 + 0x100 * i, support::noise(0x100, i)});
  }
  EXPECT_EQ(read_image(support::v1_image({}, segments)).parts.front().segments.size(), 16U);
  EXPECT_THAT(errors_of(support::v1_image({}, segments)), ElementsAre("esp8266-v1"));
  segments.push_back({0x40102000, {1}});
  EXPECT_THAT(errors_of(support::v1_image({}, segments)), Contains("too-many-segments"));
  EXPECT_EQ(read_image(support::v1_image({}, segments)).parts.front().segments.size(), 16U);
}

TEST(Esp8266, NoticesOverlappingSegments) {
  const auto image = [](std::uint32_t second) {
    return support::v1_image(
        {}, {{0x40100000, support::noise(0x20, 1)}, {second, support::noise(0x20, 2)}});
  };
  EXPECT_THAT(errors_of(image(0x4010001F)), Contains("segments-overlap"));
  EXPECT_THAT(errors_of(image(0x40100020)), testing::Not(Contains("segments-overlap")));
  EXPECT_THAT(errors_of(image(0x40100000)), Contains("segments-overlap"));
  EXPECT_THAT(errors_of(image(0x400FFFE1)), Contains("segments-overlap"));
  EXPECT_THAT(errors_of(image(0x400FFFE0)), testing::Not(Contains("segments-overlap")));
}

TEST(Esp8266, NeedsTheByteOfTheChecksum) {
  Blob image = support::v1_image({}, {{0x40100000, support::noise(0x21, 1)}});
  EXPECT_THAT(errors_of(image), testing::Not(Contains("truncated")));
  image.pop_back();
  EXPECT_THAT(errors_of(image), Contains("truncated"));
}

TEST(Esp8266, NoticesASegmentBehindTheAddressSpace) {
  const auto image = [](std::size_t size) {
    return support::v1_image({}, {{0x40100000, {1}}, {0xFFFFFFF0, support::noise(size, 2)}});
  };
  EXPECT_THAT(errors_of(image(0x11)), Contains("address-overflow"));
  EXPECT_THAT(errors_of(image(0x10)), testing::Not(Contains("address-overflow")));
}

TEST(Esp8266, DoesNotBelieveALengthBeyondTheFile) {
  for (const std::uint32_t length : {0x00010000U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
    Blob image = support::arduino_image();
    support::put_u32(image, 0x1000 + 12, length);
    const ImageFacts facts = read_image(image);
    EXPECT_EQ(facts.image_size, 0U);
    EXPECT_THAT(errors_of(image), Contains("truncated"));
  }
}

TEST(Esp8266, CountsBytesBehindTheImage) {
  Blob image = support::arduino_image();
  support::append(image, support::noise(7, 9));
  EXPECT_EQ(read_image(image).trailing_bytes, 7U);
  EXPECT_TRUE(has_code(problems(examine_image(image)), "trailing-bytes"));
}

}  // namespace
}  // namespace otatool::image
