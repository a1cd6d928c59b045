#include "otatool/image/problems.hpp"

#include <cctype>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/fake_package.hpp"

namespace otatool::image {
namespace {

using support::Blob;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> package_codes(const Blob& content, Level level) {
  return codes(problems(examine_package(fake_package(content))), level);
}

TEST(Findings, SayNothingBadOfGoodImages) {
  for (const Blob& image : {support::arduino_image(), support::esp32_image()}) {
    const auto found = problems(examine_image(image));
    EXPECT_THAT(codes(found, Level::Error), IsEmpty());
    EXPECT_THAT(codes(found, Level::Warning), IsEmpty());
  }
  EXPECT_THAT(package_codes(support::arduino_image(), Level::Error), IsEmpty());
}

TEST(Findings, PutErrorsFirst) {
  Blob image = support::arduino_image({.header = {.mode = 9, .size_and_frequency = 0xF0}});
  image[0x1300] ^= 1;
  const auto found = problems(examine_image(image));
  ASSERT_GE(found.size(), 3U);
  EXPECT_EQ(found.front().level, Level::Error);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](const auto& one, const auto& other) {
    return one.level > other.level;
  }));
  EXPECT_TRUE(has_code(found, "flash-mode"));
  EXPECT_TRUE(has_code(found, "flash-size"));
}

TEST(Findings, LookIntoPackages) {
  EXPECT_THAT(package_codes(support::arduino_image(), Level::Note), Contains("package-core"));
  EXPECT_THAT(package_codes(support::esp32_image(), Level::Error), ElementsAre("package-esp32"));
  EXPECT_THAT(package_codes(support::littlefs_image(4096, 4), Level::Warning),
              ElementsAre("package-filesystem"));
  EXPECT_THAT(package_codes(support::noise(64, 1), Level::Error), ElementsAre("unknown"));
  EXPECT_THAT(package_codes(fake_package({}), Level::Error), ElementsAre("package-content"));
  Blob broken = support::arduino_image();
  broken[0x1100] ^= 1;
  EXPECT_THAT(package_codes(broken, Level::Error), Contains("crc"));
}

TEST(Findings, NameWhatIsWrongWithAPackage) {
  Blob package = fake_package(support::arduino_image());
  package.pop_back();
  EXPECT_THAT(codes(problems(examine_package(package)), Level::Error),
              ElementsAre("package-truncated"));
}

TEST(Findings, WarnOfTheFlashModeInsideAPackage) {
  const auto with_mode = [](std::uint8_t mode) {
    return support::arduino_image({.header = {.mode = mode}});
  };
  EXPECT_THAT(package_codes(with_mode(0), Level::Warning), Contains("package-flash-mode"));
  EXPECT_THAT(package_codes(with_mode(2), Level::Note), Contains("package-flash-mode"));
  EXPECT_FALSE(
      has_code(problems(examine_package(fake_package(with_mode(3)))), "package-flash-mode"));
}

TEST(Findings, WarnOfSignedPackages) {
  for (std::size_t extra = 0; extra < 4; ++extra) {
    Blob content = support::arduino_image();
    content.resize(content.size() + extra);
    const Blob package = fake_package(content);
    const auto found = problems(examine_package(support::with_trailer(package, 256)));
    EXPECT_TRUE(has_code(found, "signed-package"));
    EXPECT_EQ(has_code(found, "signed-package-unaligned"), package.size() % 4 != 0) << extra;
  }
}

TEST(Findings, SeeASignatureInsideAPackage) {
  EXPECT_THAT(package_codes(support::with_trailer(support::arduino_image(), 256), Level::Warning),
              Contains("signature-inside-package"));
}

TEST(Findings, SpeakOfTheFlashModeOfSignedImages) {
  const Blob image = support::with_trailer(support::arduino_image(), 256);
  EXPECT_TRUE(has_code(problems(examine_image(image)), "signed-flash-mode"));
}

TEST(Findings, NameTheAppInAMergedImage) {
  const auto found = problems(examine_image(support::merged_image(0x1000, 0)));
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found.front().message, testing::HasSubstr("offset 0x010000"));
}

TEST(Findings, HaveStableCodesAndPlainMessages) {
  std::vector<Problem> all;
  for (const Blob& image : {Blob{},
                            support::noise(100, 1),
                            support::merged_image(0, 0),
                            support::with_trailer(support::arduino_image(), 128),
                            support::v2_image(16, {{0x40100000, {1}}}),
                            support::littlefs_image(4096, 2)}) {
    for (const Problem& problem : problems(examine_image(image))) {
      all.push_back(problem);
    }
  }
  ASSERT_GE(all.size(), 6U);
  for (const Problem& problem : all) {
    EXPECT_THAT(problem.code, testing::MatchesRegex("[a-z0-9]+(-[a-z0-9]+)*"));
    EXPECT_NE(problem.message.back(), '.') << problem.message;
    EXPECT_EQ(std::isupper(static_cast<unsigned char>(problem.message.front())), 0)
        << problem.message;
    EXPECT_EQ(problem.message.find("--"), std::string::npos) << problem.message;
  }
}

}  // namespace
}  // namespace otatool::image
