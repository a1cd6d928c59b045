// The fields that devices and browsers need (field-firmwares.md 11).
#include "otatool/publish/update_manifest.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

namespace otatool::publish {
namespace {

TEST(UpdateManifest, HasTheFieldsOfBothReaders) {
  const UpdateManifest manifest{.name = "weather \"station\"",
                                .version = "2.0.0",
                                .builds = {{.chip_family = "ESP8266",
                                            .app = "sketch 8266.bin",
                                            .app_md5 = "0123456789abcdef0123456789abcdef",
                                            .factory = "sketch 8266.bin"},
                                           {.chip_family = "ESP32-C3",
                                            .app = "c3/app.bin",
                                            .app_md5 = "fedcba9876543210fedcba9876543210",
                                            .factory = ""}}};
  EXPECT_EQ(manifest_text(manifest), R"({
  "name": "weather \"station\"",
  "version": "2.0.0",
  "builds": [
    {
      "chipFamily": "ESP8266",
      "ota": {
        "path": "sketch%208266.bin",
        "md5": "0123456789abcdef0123456789abcdef"
      },
      "parts": [
        {
          "path": "sketch%208266.bin",
          "offset": 0
        }
      ]
    },
    {
      "chipFamily": "ESP32-C3",
      "ota": {
        "path": "c3/app.bin",
        "md5": "fedcba9876543210fedcba9876543210"
      }
    }
  ]
}
)");
}

TEST(UpdateManifest, NamesTheChipsAsTheReadersDo) {
  EXPECT_EQ(chip_family_name(image::Chip::Esp8266), "ESP8266");
  EXPECT_EQ(chip_family_name(image::Chip::Esp32), "ESP32");
  EXPECT_EQ(chip_family_name(image::Chip::Esp32S3), "ESP32-S3");
  EXPECT_EQ(chip_family_name(image::Chip::Esp32C3), "ESP32-C3");
  EXPECT_EQ(chip_family_name(image::Chip::Rp2040), "RP2040");
  EXPECT_EQ(chip_family_name(image::Chip::Esp32Unknown), "");
  EXPECT_EQ(chip_family_name(image::Chip::None), "");
}

TEST(UpdateManifest, EncodesAPathOnceAndKeepsItsSlashes) {
  EXPECT_EQ(url_of_path("a/b-1.0_x~.bin"), "a/b-1.0_x~.bin");
  EXPECT_EQ(url_of_path("50%?#:é.bin"), "50%25%3F%23%3A%C3%A9.bin");
}

TEST(UpdateManifest, APathWithHttpIsNoRelativePathForDevices) {
  EXPECT_TRUE(is_relative_for_devices("esp/app.bin"));
  EXPECT_FALSE(is_relative_for_devices("httpd.bin"));
  EXPECT_FALSE(is_relative_for_devices("a/my-http-app.bin"));
}

TEST(UpdateManifest, HashFilesAreThoseOfMd5sum) {
  EXPECT_EQ(checksum_text("0123456789abcdef0123456789abcdef", "esp/app.bin"),
            "0123456789abcdef0123456789abcdef  app.bin\n");
}

}  // namespace
}  // namespace otatool::publish
