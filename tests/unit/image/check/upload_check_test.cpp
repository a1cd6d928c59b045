#include "otatool/image/upload_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/recognise/checksums.hpp"
#include "tests/unit/image/fake_package.hpp"

namespace otatool::image {
namespace {

using support::Blob;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> refused(const Blob& file, const UploadIntent& intent = {}) {
  std::vector<std::string> names;
  for (const UploadProblem& problem : check_upload(examine_package(file), intent)) {
    names.emplace_back(to_string(problem.check));
    EXPECT_FALSE(problem.error.message().empty());
  }
  return names;
}

UploadIntent to(ChipFamily family) {
  UploadIntent intent;
  intent.family = family;
  return intent;
}

TEST(UploadCheck, LetsGoodFirmwarePass) {
  EXPECT_THAT(refused(support::arduino_image(), to(ChipFamily::Esp8266)), IsEmpty());
  EXPECT_THAT(refused(support::arduino_image()), IsEmpty());
  EXPECT_THAT(refused(support::esp32_image(), to(ChipFamily::Esp32)), IsEmpty());
  EXPECT_THAT(refused(fake_package(support::arduino_image()), to(ChipFamily::Esp8266)), IsEmpty());
  EXPECT_THAT(refused(support::with_trailer(support::arduino_image(), 256)), IsEmpty());
  EXPECT_THAT(refused(support::with_esp32_trailer(support::esp32_image(), support::noise(256, 1))),
              IsEmpty());
}

TEST(UploadCheck, RefusesTheWrongChip) {
  EXPECT_THAT(refused(support::arduino_image(), to(ChipFamily::Esp32)), ElementsAre("wrong-chip"));
  EXPECT_THAT(refused(support::esp32_image(), to(ChipFamily::Esp8266)), ElementsAre("wrong-chip"));
}

TEST(UploadCheck, RefusesWhatIsNoApp) {
  EXPECT_THAT(refused({}), ElementsAre("empty-file"));
  EXPECT_THAT(refused(support::noise(999, 1)), ElementsAre("not-an-image"));
  EXPECT_THAT(refused({0x7F, 'E', 'L', 'F', 1}), ElementsAre("not-an-image"));
  EXPECT_THAT(refused({'h', 'e', 'l', 'l', 'o'}), ElementsAre("not-an-image"));
  EXPECT_THAT(refused(support::loader_image()), ElementsAre("not-an-app"));
  EXPECT_THAT(refused(support::v1_image({}, {{0x40100000, {1}}})), ElementsAre("not-an-app"));
  EXPECT_THAT(refused(support::v2_image(16, {{0x40100000, {1}}})), ElementsAre("not-an-app"));
  EXPECT_THAT(refused(support::esp32_bootloader()), ElementsAre("not-an-app"));
  EXPECT_THAT(refused(support::partition_table()), ElementsAre("not-an-app"));
  EXPECT_THAT(refused(support::merged_image(0x1000, 0)), ElementsAre("merged-image"));
}

TEST(UploadCheck, LetsAnRp2040ImagePassButNotToAnotherChip) {
  Blob image = support::noise(252, 7);
  FlashCrc crc;
  crc.add(image);
  support::append_u32(image, crc.value());
  image.resize(4096, 0xA5);
  EXPECT_THAT(refused(image), IsEmpty());
  EXPECT_THAT(refused(image, to(ChipFamily::Esp8266)), ElementsAre("wrong-chip"));
  EXPECT_THAT(refused(image, to(ChipFamily::Esp32)), ElementsAre("wrong-chip"));
  UploadIntent filesystem;
  filesystem.filesystem = true;
  EXPECT_THAT(refused(image, filesystem), ElementsAre("filesystem-command"));
}

TEST(UploadCheck, LetsRandomBytesPassOnlyAsAFilesystem) {
  const Blob encrypted = support::noise(8192, 3);
  EXPECT_THAT(refused(encrypted), ElementsAre("not-an-image"));
  UploadIntent filesystem;
  filesystem.filesystem = true;
  EXPECT_THAT(refused(encrypted, filesystem), IsEmpty());
}

TEST(UploadCheck, RefusesDamage) {
  Blob image = support::arduino_image();
  image[0x1050] ^= 1;
  EXPECT_THAT(refused(image), Contains("damaged"));
  Blob cut = support::esp32_image();
  cut.resize(cut.size() / 2);
  EXPECT_THAT(refused(cut), ElementsAre("damaged"));
}

TEST(UploadCheck, KeepsFilesystemsAndFirmwareApart) {
  UploadIntent fs;
  fs.filesystem = true;
  const Blob files = support::littlefs_image(4096, 4);
  EXPECT_THAT(refused(files), ElementsAre("filesystem-command"));
  EXPECT_THAT(refused(files, fs), IsEmpty());
  EXPECT_THAT(refused(support::spiffs_image(8192, 4, true), fs), IsEmpty());
  EXPECT_THAT(refused(support::arduino_image(), fs), ElementsAre("filesystem-command"));
}

TEST(UploadCheck, TakesTheUsersWordForAFilesystemOfAnUnknownKind) {
  UploadIntent fs;
  fs.filesystem = true;
  fs.atomic_fs = true;
  for (const Blob& files : {support::noise(4096, 2), Blob(8192, 0xFF)}) {
    EXPECT_THAT(refused(files), ElementsAre("not-an-image"));
    EXPECT_THAT(refused(files, fs), IsEmpty());
    EXPECT_THAT(refused(fake_package(files), fs), IsEmpty());
    EXPECT_TRUE(is_unknown_filesystem(examine_package(files), true));
    EXPECT_FALSE(is_unknown_filesystem(examine_package(files), false));
  }
  EXPECT_FALSE(is_unknown_filesystem(examine_package(support::littlefs_image(4096, 4)), true));
  EXPECT_THAT(refused({}, fs), ElementsAre("empty-file"));
  EXPECT_THAT(refused({'h', 'e', 'l', 'l', 'o'}, fs), ElementsAre("not-an-image"));
  EXPECT_THAT(refused({0x7F, 'E', 'L', 'F', 1}, fs), ElementsAre("not-an-image"));
}

TEST(UploadCheck, RefusesPackagesForTheEsp32) {
  EXPECT_THAT(refused(fake_package(support::arduino_image()), to(ChipFamily::Esp32)),
              UnorderedElementsAre("gzip-to-esp32", "wrong-chip"));
  EXPECT_THAT(refused(fake_package(support::esp32_image()), to(ChipFamily::Esp32)),
              ElementsAre("gzip-to-esp32"));
  EXPECT_THAT(refused(fake_package(support::esp32_image()), to(ChipFamily::Esp8266)),
              UnorderedElementsAre("gzip-to-esp32", "wrong-chip"));
}

TEST(UploadCheck, RefusesPackagedFilesystemsUnlessTheyAreUnpacked) {
  const Blob package = fake_package(support::littlefs_image(4096, 4));
  UploadIntent intent;
  EXPECT_THAT(refused(package, intent), ElementsAre("filesystem-command"));
  intent.filesystem = true;
  EXPECT_THAT(refused(package, intent), ElementsAre("gzip-filesystem"));
  intent.atomic_fs = true;
  EXPECT_THAT(refused(package, intent), IsEmpty());
}

TEST(UploadCheck, RefusesBrokenPackagesAndBadContents) {
  Blob cut = fake_package(support::arduino_image());
  cut.pop_back();
  EXPECT_THAT(refused(cut), ElementsAre("broken-package"));
  Blob longer = fake_package(support::arduino_image());
  longer.push_back(0);
  EXPECT_THAT(refused(longer), ElementsAre("broken-package"));
  EXPECT_THAT(refused(fake_package(support::noise(50, 1))), ElementsAre("package-content"));
  EXPECT_THAT(refused(fake_package(support::loader_image())), ElementsAre("package-content"));
  EXPECT_THAT(refused(fake_package(fake_package(support::arduino_image()))),
              ElementsAre("package-content"));
  Blob damaged = support::arduino_image();
  damaged[0x1500] ^= 1;
  EXPECT_THAT(refused(fake_package(damaged)), Contains("package-content"));
}

TEST(UploadCheck, RefusesSignedPackagesUnlessTheDeviceVerifies) {
  const Blob package = support::with_trailer(fake_package(support::arduino_image()), 256);
  UploadIntent intent;
  EXPECT_THAT(refused(package, intent), ElementsAre("signed-package"));
  intent.verifier_known = true;
  EXPECT_THAT(refused(package, intent), IsEmpty());
}

TEST(UploadCheck, RefusesSignaturesThatNobodyAccepts) {
  EXPECT_THAT(refused(support::with_trailer_word(support::arduino_image(), 256, 260)),
              ElementsAre("signature"));
}

TEST(UploadCheck, RefusesWhatDoesNotFit) {
  UploadIntent intent;
  intent.fit = fits(*find_layout("512k"), {.current_size = 400'000, .file_size = 400'000});
  EXPECT_THAT(refused(support::arduino_image(), intent), ElementsAre("space"));
  intent.fit = fits(*find_layout("4m2m"), {.current_size = 400'000, .file_size = 400'000});
  EXPECT_THAT(refused(support::arduino_image(), intent), IsEmpty());
}

TEST(UploadCheck, RefusesAFilesystemThatDoesNotFit) {
  UploadIntent intent;
  intent.filesystem = true;
  intent.fit = fits(*find_layout("1m64"), {.filesystem_size = 4096 * 4});
  EXPECT_THAT(refused(support::littlefs_image(4096, 4), intent), ElementsAre("space"));
}

TEST(UploadCheck, RefusesACopyOfAWholeFlash) {
  Blob flash = support::arduino_image();
  flash.resize(largest_sketch_area(), 0xFF);
  EXPECT_THAT(refused(fake_package(flash)), IsEmpty());
  flash.push_back(0xFF);
  EXPECT_THAT(refused(fake_package(flash)), ElementsAre("space"));
  EXPECT_THAT(refused(flash), ElementsAre("space"));
  EXPECT_TRUE(has_code(problems(examine_package(fake_package(flash))), "oversize"));
}

TEST(UploadCheck, OverridesTheNamedCheckAndNoOther) {
  const Blob package = support::with_trailer(fake_package(support::noise(64, 1)), 256);
  UploadIntent intent;
  EXPECT_THAT(refused(package, intent), UnorderedElementsAre("signed-package", "package-content"));
  intent.overridden = {UploadCheck::SignedPackage};
  EXPECT_THAT(refused(package, intent), ElementsAre("package-content"));
  intent.overridden = {UploadCheck::SignedPackage, UploadCheck::PackageContent};
  EXPECT_THAT(refused(package, intent), IsEmpty());
}

TEST(UploadCheck, HasExitCodesForBadFiles) {
  const auto problems = check_upload(examine_package(support::merged_image(0, 9)), {});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].error.code(), Errc::WrongKind);
  EXPECT_EQ(check_upload(examine_package({}), {})[0].error.code(), Errc::NotAnImage);
}

TEST(UploadCheck, NamesEveryCheck) {
  EXPECT_GE(upload_checks().size(), 14U);
  for (const UploadCheck check : upload_checks()) {
    EXPECT_EQ(upload_check_of_name(to_string(check)), check);
  }
  EXPECT_EQ(upload_check_of_name("all"), std::nullopt);
  EXPECT_EQ(upload_check_of_name(""), std::nullopt);
}

TEST(UploadCheck, TellsWhatKindOfDeviceAFileIsFor) {
  EXPECT_EQ(family_of(examine_package(support::arduino_image())), ChipFamily::Esp8266);
  EXPECT_EQ(family_of(examine_package(support::esp32_image())), ChipFamily::Esp32);
  EXPECT_EQ(family_of(examine_package(fake_package(support::arduino_image()))),
            ChipFamily::Esp8266);
  EXPECT_EQ(family_of(examine_package(support::littlefs_image(4096, 2))), ChipFamily::Unknown);
  EXPECT_EQ(family_of(examine_package(fake_package(support::littlefs_image(4096, 2)))),
            ChipFamily::Esp8266);
}

}  // namespace
}  // namespace otatool::image
