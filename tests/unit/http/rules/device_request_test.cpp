#include "otatool/http/device_request.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;

std::vector<HeaderField> views(const std::vector<OwnedField>& fields) {
  std::vector<HeaderField> result;
  for (const OwnedField& field : fields) {
    result.push_back({field.name, field.value});
  }
  return result;
}

DeviceRequest whole_esp8266() {
  return {.family = ChipFamily::Esp8266,
          .mode = UpdateMode::Sketch,
          .unknown_mode = {},
          .station_mac = "5C:CF:7F:01:02:03",
          .access_point_mac = "5E:CF:7F:01:02:03",
          .chip_id = 66051,
          .free_space = 2818048,
          .sketch_size = 325232,
          .chip_size = 4194304,
          .sketch_md5 = "9e107d9d372bb6826bd81d3542a419d6",
          .sketch_sha256 = {},
          .sdk_version = "2.2.2-dev(38a443e)",
          .version = "1.4.0"};
}

TEST(DeviceRequest, AnEsp8266SendsItsFieldsInItsOrder) {
  EXPECT_THAT(device_request_fields(whole_esp8266()),
              ElementsAre(OwnedField{"User-Agent", "ESP8266-http-Update"},
                          OwnedField{"x-ESP8266-Chip-ID", "66051"},
                          OwnedField{"x-ESP8266-STA-MAC", "5C:CF:7F:01:02:03"},
                          OwnedField{"x-ESP8266-AP-MAC", "5E:CF:7F:01:02:03"},
                          OwnedField{"x-ESP8266-free-space", "2818048"},
                          OwnedField{"x-ESP8266-sketch-size", "325232"},
                          OwnedField{"x-ESP8266-sketch-md5", "9e107d9d372bb6826bd81d3542a419d6"},
                          OwnedField{"x-ESP8266-chip-size", "4194304"},
                          OwnedField{"x-ESP8266-sdk-version", "2.2.2-dev(38a443e)"},
                          OwnedField{"x-ESP8266-mode", "sketch"},
                          OwnedField{"x-ESP8266-version", "1.4.0"}));
}

TEST(DeviceRequest, AnEsp32SendsItsHashInUpperCaseAndNoChipId) {
  DeviceRequest request = whole_esp8266();
  request.family = ChipFamily::Esp32;
  request.sketch_sha256 = std::string(62, 'a') + "0f";
  request.mode = UpdateMode::Filesystem;
  request.version.clear();
  EXPECT_THAT(device_request_fields(request),
              ElementsAre(OwnedField{"User-Agent", "ESP32-http-Update"},
                          OwnedField{"Cache-Control", "no-cache"},
                          OwnedField{"x-ESP32-STA-MAC", "5C:CF:7F:01:02:03"},
                          OwnedField{"x-ESP32-AP-MAC", "5E:CF:7F:01:02:03"},
                          OwnedField{"x-ESP32-free-space", "2818048"},
                          OwnedField{"x-ESP32-sketch-size", "325232"},
                          OwnedField{"x-ESP32-sketch-md5", "9e107d9d372bb6826bd81d3542a419d6"},
                          OwnedField{"x-ESP32-sketch-sha256", std::string(62, 'A') + "0F"},
                          OwnedField{"x-ESP32-chip-size", "4194304"},
                          OwnedField{"x-ESP32-sdk-version", "2.2.2-dev(38a443e)"},
                          OwnedField{"x-ESP32-mode", "spiffs"}));
}

TEST(DeviceRequest, IsReadBackUnchanged) {
  for (const UpdateMode mode : {UpdateMode::Sketch, UpdateMode::Filesystem, UpdateMode::Version}) {
    DeviceRequest request = whole_esp8266();
    request.mode = mode;
    EXPECT_THAT(read_device_request(views(device_request_fields(request))), Optional(Eq(request)));
  }
  DeviceRequest request = whole_esp8266();
  request.family = ChipFamily::Esp32;
  request.chip_id.reset();
  request.sketch_sha256 = std::string(64, 'c');
  EXPECT_THAT(read_device_request(views(device_request_fields(request))), Optional(Eq(request)));
}

TEST(DeviceRequest, FieldNamesAreFoundInAnyCase) {
  const std::vector<HeaderField> fields = {{"X-esp32-sta-mac", "aa-bb-cc-dd-ee-ff"},
                                           {"x-ESP32-VERSION", "7"}};
  const auto request = read_device_request(fields);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->family, ChipFamily::Esp32);
  EXPECT_EQ(request->station_mac, "AA:BB:CC:DD:EE:FF");
  EXPECT_EQ(request->version, "7");
}

TEST(DeviceRequest, WithoutAMacThereIsNoDevice) {
  const std::vector<HeaderField> browser = {{"User-Agent", "Mozilla/5.0"}};
  const std::vector<HeaderField> only_agent = {{"User-Agent", "ESP8266-http-Update"}};
  const std::vector<HeaderField> bad_mac = {{"x-ESP8266-STA-MAC", "not a mac"}};
  EXPECT_FALSE(read_device_request(browser));
  EXPECT_FALSE(read_device_request(only_agent));
  EXPECT_FALSE(read_device_request(bad_mac));
}

TEST(DeviceRequest, InvalidFieldsAreIgnored) {
  const std::vector<HeaderField> fields = {{"x-ESP8266-STA-MAC", "5CCF7F010203"},
                                           {"x-ESP8266-Chip-ID", "99999999999"},
                                           {"x-ESP8266-free-space", "-1"},
                                           {"x-ESP8266-sketch-size", "12k"},
                                           {"x-ESP8266-sketch-md5", "zz"}};
  const auto request = read_device_request(fields);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->station_mac, "5C:CF:7F:01:02:03");
  EXPECT_FALSE(request->chip_id);
  EXPECT_FALSE(request->free_space);
  EXPECT_FALSE(request->sketch_size);
  EXPECT_EQ(request->sketch_md5, "");
  EXPECT_EQ(request->mode, UpdateMode::Sketch);
}

TEST(DeviceRequest, EveryFilesystemModeIsAFilesystem) {
  const auto mode = [](std::string_view text) {
    const std::vector<HeaderField> fields = {{"x-ESP32-STA-MAC", "5CCF7F010203"},
                                             {"x-ESP32-mode", text}};
    return read_device_request(fields)->mode;
  };
  for (const std::string_view text : {"spiffs", "littlefs", "fatfs", "flashfs"}) {
    EXPECT_EQ(mode(text), UpdateMode::Filesystem) << text;
  }
  EXPECT_EQ(mode("sketch"), UpdateMode::Sketch);
  EXPECT_EQ(mode("version"), UpdateMode::Version);
  for (const std::string_view text : {"", "nonsense", "SPIFFS", "littlefs2", "bootloader"}) {
    EXPECT_EQ(mode(text), UpdateMode::Unknown) << text;
  }
}

TEST(DeviceRequest, WithoutAStationMacTheBaseMacIdentifiesTheDevice) {
  const std::vector<HeaderField> ethernet = {{"x-ESP32-BASE-MAC", "60:55:F9:00:00:01"}};
  ASSERT_TRUE(read_device_request(ethernet));
  EXPECT_EQ(read_device_request(ethernet)->station_mac, "60:55:F9:00:00:01");
  const std::vector<HeaderField> both = {{"x-ESP32-BASE-MAC", "60:55:F9:00:00:01"},
                                         {"x-ESP32-STA-MAC", "60:55:F9:00:00:02"}};
  EXPECT_EQ(read_device_request(both)->station_mac, "60:55:F9:00:00:02");
}

TEST(DeviceRequest, LongTextsAreCut) {
  const std::string version(5000, '1');
  const std::vector<HeaderField> fields = {{"x-ESP8266-STA-MAC", "5CCF7F010203"},
                                           {"x-ESP8266-version", version}};
  EXPECT_EQ(read_device_request(fields)->version.size(), 128U);
}

TEST(DeviceRequest, InvalidMacAddressesAreRefused) {
  EXPECT_THAT(canonical_mac("5c:cf:7f:01:02:03"), Optional(Eq("5C:CF:7F:01:02:03")));
  EXPECT_THAT(canonical_mac("5c-cf-7f-01-02-03"), Optional(Eq("5C:CF:7F:01:02:03")));
  EXPECT_FALSE(canonical_mac("5c:cf-7f:01:02:03"));
  EXPECT_FALSE(canonical_mac("5c:cf:7f:01:02"));
  EXPECT_FALSE(canonical_mac("5c:cf:7f:01:02:0g"));
  EXPECT_FALSE(canonical_mac(""));
}

}  // namespace
}  // namespace otatool::http
