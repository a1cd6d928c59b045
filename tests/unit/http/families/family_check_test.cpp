#include "otatool/http/family_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/http/families/wled_image.hpp"

namespace otatool::http {
namespace {

using support::Blob;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string no_hash(Bytes /*bytes*/) {
  return {};
}

image::Examined examine(const Blob& file, bool packed = false) {
  image::Examined examined;
  examined.file = image::recognise(file, no_hash);
  if (packed) {
    examined.content = examined.file;
    examined.content_bytes = file;
    examined.file.kind = image::Kind::Gzip;
    examined.package = image::PackageFacts{};
  }
  return examined;
}

struct Case {
  Blob file;
  bool packed = false;
  std::string file_name = "firmware.bin";
};

std::vector<std::string> refused(const DeviceIdentity& device, const Case& image) {
  const image::Examined examined = examine(image.file, image.packed);
  std::vector<std::string> names;
  for (const image::UploadProblem& problem : check_family(
           device, {.examined = examined, .unpacked = image.file, .file_name = image.file_name})) {
    names.emplace_back(to_string(problem.check));
    EXPECT_EQ(problem.error.code(), Errc::WrongKind);
  }
  return names;
}

std::string message(const DeviceIdentity& device, const Case& image) {
  const image::Examined examined = examine(image.file, image.packed);
  const auto problems = check_family(
      device, {.examined = examined, .unpacked = image.file, .file_name = image.file_name});
  return problems.empty() ? "" : problems.front().error.message();
}

const DeviceIdentity kWled32{
    .family = Family::Wled, .version = "16.0.1", .hardware = "ESP32", .release = "ESP32"};

Blob wled_image(const support::WledSpec& spec = {}) {
  return support::with_wled_block(Blob(4096), 256, spec);
}

TEST(FamilyCheck, TheChipMustFit) {
  const DeviceIdentity tasmota{.family = Family::Tasmota, .hardware = "ESP8266EX"};
  EXPECT_THAT(refused(tasmota, {support::arduino_image()}), IsEmpty());
  EXPECT_THAT(refused(tasmota, {support::esp32_image()}), ElementsAre("wrong-chip"));
  EXPECT_THAT(refused({.family = Family::Bitaxe}, {support::arduino_image()}),
              ElementsAre("wrong-chip"));
  EXPECT_THAT(refused({.family = Family::Stock}, {support::esp32_image()}), IsEmpty());
  EXPECT_THAT(message(tasmota, {support::esp32_image()}),
              HasSubstr("the image is for esp32, the device is an ESP8266EX"));
}

TEST(FamilyCheck, TheFlashOfATasmotaIsLargeEnough) {
  DeviceIdentity device{.family = Family::Tasmota, .hardware = "ESP8266EX"};
  device.flash_bytes = 1024U * 1024U;
  EXPECT_THAT(refused(device, {support::arduino_image()}), ElementsAre("space"));
  EXPECT_THAT(refused(device, {support::arduino_image(), true}), IsEmpty())
      << "it does not compare packages";
  EXPECT_THAT(refused(device, {support::esp32_image()}), ElementsAre("wrong-chip"));
  device.flash_bytes = 4096U * 1024U;
  EXPECT_THAT(refused(device, {support::arduino_image()}), IsEmpty());
}

TEST(FamilyCheck, PackagesAreForTheEsp8266) {
  const Case package{support::arduino_image(), true};
  EXPECT_THAT(refused({.family = Family::Tasmota, .hardware = "ESP8266EX"}, package), IsEmpty());
  EXPECT_THAT(refused({.family = Family::Stock}, package), IsEmpty());
  EXPECT_THAT(refused({.family = Family::Esp3d}, package), ElementsAre("gzip-to-esp32"));
  EXPECT_THAT(refused({.family = Family::OpenDtu}, package),
              ElementsAre("wrong-chip", "gzip-to-esp32"));
}

TEST(FamilyCheck, WledComparesTheRelease) {
  EXPECT_THAT(refused(kWled32, {wled_image()}), IsEmpty());
  EXPECT_THAT(refused(kWled32, {wled_image({.release = "ESP32_V4"})}), IsEmpty());
  EXPECT_THAT(refused(kWled32, {wled_image({.release = "ESP32_Ethernet"})}),
              ElementsAre("release-name"));
  EXPECT_THAT(message(kWled32, {wled_image({.release = "ESP32_Ethernet"})}),
              HasSubstr("the right file is WLED_16.0.1_ESP32.bin"));
}

TEST(FamilyCheck, WledNeedsItsMetadataFromItsVersionOn) {
  EXPECT_THAT(refused(kWled32, {Blob(4096)}), ElementsAre("release-name"));
  DeviceIdentity old = kWled32;
  old.version = "0.15.1";
  EXPECT_THAT(refused(old, {Blob(4096)}), IsEmpty());
  old.version = "0.15.2";
  EXPECT_THAT(refused(old, {Blob(4096)}), ElementsAre("release-name"));
}

TEST(FamilyCheck, WledUpdatesFromAVersionOn) {
  DeviceIdentity old = kWled32;
  old.version = "0.14.4";
  EXPECT_THAT(refused(old, {wled_image()}), ElementsAre("release-name"));
  EXPECT_THAT(message(old, {wled_image()}), HasSubstr("updates WLED 0.15.0 and newer"));
}

TEST(FamilyCheck, SomeWledVersionsRefusePackages) {
  DeviceIdentity device = kWled32;
  device.hardware = "esp8266";
  const Case package{wled_image(), true};
  EXPECT_THAT(refused(device, package), IsEmpty());
  device.version = "0.15.3";
  EXPECT_THAT(refused(device, package), ElementsAre("release-name"));
}

TEST(FamilyCheck, OpenDtuComparesTheEnvironment) {
  const DeviceIdentity device{.family = Family::OpenDtu, .release = "generic_esp32s3"};
  const Blob image = support::esp32_image();
  EXPECT_THAT(refused(device, {image, false, "opendtu-generic_esp32s3.bin"}), IsEmpty());
  EXPECT_THAT(refused(device, {image, false, "opendtu-generic_esp32.bin"}),
              ElementsAre("release-name"));
  EXPECT_THAT(refused(device, {image, false, "firmware.bin"}), IsEmpty());
}

TEST(FamilyCheck, OpenBekenComparesFileNameAndChip) {
  const DeviceIdentity beken{.family = Family::OpenBeken, .hardware = "BK7231T"};
  const Blob file = support::noise(4096, 1);
  EXPECT_TRUE(has_foreign_images(beken));
  EXPECT_THAT(refused(beken, {file, false, "OpenBK7231T_1.18.rbl"}), IsEmpty());
  EXPECT_THAT(refused(beken, {file, false, "OpenBK7231N_1.18.rbl"}), ElementsAre("wrong-chip"));
  EXPECT_THAT(refused(beken, {file, false, "OpenBK7231T_1.18.bin"}), ElementsAre("not-an-image"));
  EXPECT_THAT(refused(beken, {support::esp32_image(), false, "x.rbl"}), ElementsAre("wrong-chip"));
  const DeviceIdentity esp{.family = Family::OpenBeken, .hardware = "ESP32"};
  EXPECT_FALSE(has_foreign_images(esp));
  EXPECT_THAT(refused(esp, {support::esp32_image(), false, "OpenESP32_1.18.img"}), IsEmpty());
}

}  // namespace
}  // namespace otatool::http
