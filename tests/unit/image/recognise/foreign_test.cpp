#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/image/read_image.hpp"

namespace otatool::image {
namespace {

using support::Blob;
using testing::ElementsAre;

Blob text(std::string_view content) {
  const Bytes bytes = as_bytes(content);
  return {bytes.begin(), bytes.end()};
}

TEST(Foreign, RecognisesArchivesImagesOfOtherLoadersAndFailedDownloads) {
  const auto kind_of = [](std::string_view text) {
    return read_image({text.begin(), text.end()}).kind;
  };
  EXPECT_EQ(kind_of("UF2\nWQ]\x9E and more"), Kind::Uf2);
  EXPECT_EQ(kind_of("\xDEOTA\x01"), Kind::Delta);
  EXPECT_EQ(kind_of("7z\xBC\xAF\x27\x1C"), Kind::SevenZip);
  EXPECT_EQ(kind_of(std::string_view("\xFD"
                                     "7zXZ\0\0",
                                     7)),
            Kind::Xz);
  EXPECT_EQ(kind_of(std::string(257, 'a') + "ustar"), Kind::Tar);
  EXPECT_EQ(kind_of("\x3D\xB8\xF3\x96"), Kind::Mcuboot);
  EXPECT_EQ(kind_of("\xCF\xB6\x88\x07"), Kind::EncryptedImage);
  EXPECT_EQ(kind_of("version https://git-lfs.github.com/spec/v1\n"), Kind::GitLfs);
  EXPECT_EQ(kind_of("\n{\"message\": \"Not Found\"}"), Kind::Json);
  EXPECT_EQ(kind_of("plain text"), Kind::Text);
}

TEST(Foreign, TellsFilesThatPeopleTakeForImages) {
  EXPECT_EQ(read_image({}).kind, Kind::Empty);
  EXPECT_EQ(read_image(text("\x7F"
                            "ELF\x01\x01\x01"))
                .kind,
            Kind::Elf);
  EXPECT_EQ(read_image(text("PK\x03\x04\x14")).kind, Kind::Zip);
  EXPECT_EQ(read_image(text("PK\x05\x06")).kind, Kind::Zip);
  EXPECT_EQ(read_image(text(":10000000"
                            "00112233445566778899AABBCCDDEEFF"
                            "F8\r\n"))
                .kind,
            Kind::IntelHex);
  EXPECT_EQ(read_image(text(":00000001FF\n")).kind, Kind::IntelHex);
  EXPECT_EQ(read_image(text("void setup() {}\n")).kind, Kind::Text);
  EXPECT_EQ(read_image(text("gr\xC3\xBC\xC3\x9F"
                            "e\n"))
                .kind,
            Kind::Text);
  EXPECT_EQ(read_image(Blob(5000, 0xFF)).kind, Kind::Blank);
  EXPECT_EQ(read_image(Blob(5000, 0x00)).kind, Kind::Blank);
  EXPECT_EQ(read_image(support::noise(3000, 1)).kind, Kind::Unknown);
}

TEST(Foreign, TakesAColonAloneForText) {
  EXPECT_EQ(read_image(text(":-) hello")).kind, Kind::Text);
  EXPECT_EQ(read_image(text(":00000001FE")).kind, Kind::Text);
  EXPECT_EQ(read_image(text(":")).kind, Kind::Text);
}

TEST(Foreign, TellsTextFromBrokenText) {
  EXPECT_EQ(read_image(text("a\xC3(")).kind, Kind::Unknown);
  EXPECT_EQ(read_image(text("a\x80")).kind, Kind::Unknown);
  EXPECT_EQ(read_image(Blob{'a', 0, 'b'}).kind, Kind::Unknown);
}

TEST(Foreign, TakesTextThatIsCutInACharacter) {
  std::string long_text(4095, 'x');
  long_text += "\xC3\xBC and more";
  EXPECT_EQ(read_image(text(long_text)).kind, Kind::Text);
}

TEST(Foreign, SeesWebPages) {
  EXPECT_EQ(read_image(text("<!DOCTYPE HTML><title>404</title>")).kind, Kind::Html);
  EXPECT_EQ(read_image(text("\n<Html lang=en>")).kind, Kind::Html);
  EXPECT_EQ(read_image(text("plain words")).kind, Kind::Text);
  EXPECT_THAT(errors_of(text("<html>")), ElementsAre("html"));
}

TEST(Foreign, TellsEncryptedDataByItsByteValues) {
  const Blob encrypted = support::noise(8192, 3);
  EXPECT_EQ(read_image(encrypted).kind, Kind::RandomBytes);
  EXPECT_THAT(errors_of(encrypted), ElementsAre("random"));
  EXPECT_EQ(read_image(support::noise(8190, 3)).kind, Kind::Unknown);
  EXPECT_EQ(read_image(support::noise(4080, 3)).kind, Kind::Unknown);
  Blob code = encrypted;
  std::fill(code.begin() + 4096, code.begin() + 4096 + 512, 0);
  EXPECT_EQ(read_image(code).kind, Kind::Unknown);
}

TEST(Foreign, TellsGzipByItsFirstBytes) {
  EXPECT_EQ(read_image({0x1F, 0x8B}).kind, Kind::Gzip);
  EXPECT_EQ(read_image({0x1F}).kind, Kind::Unknown);
}

}  // namespace
}  // namespace otatool::image
