// The files that `otatool publish` makes, checked by other programs where there are some.
#include "tests/e2e/publish/publish_fixture.hpp"
#include "tests/support/expect_failure.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kTwoChips = R"(
[[serve.rule]]
chip = "esp8266"
image = "station-8266.bin"
version = "2.0.0"
[[serve.rule]]
chip = "esp32"
image = "c3/station.bin"
version = "2.0.0"
)";

class PublishedFiles : public PublishTest {
 protected:
  void write_two_chips() const {
    source_.write("otatool.toml", kTwoChips);
    source_.write("station-8266.bin", esp8266_image());
    source_.write("c3/station.bin", esp32_image(5));
    source_.write("c3/station.factory.bin", text(support::merged_image(0, 5)));
    source_.write("unused.bin", "no image, and no rule names it");
  }
  [[nodiscard]] std::string make_key(const std::string& kind) const {
    const std::string path = target_ / (kind + ".key");
    const Words rsa = {"genrsa", "-out", path, "2048"};
    const Words ec = {"ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path};
    const Outcome made =
        run({.program = "/usr/bin/openssl", .arguments = kind == "rsa" ? rsa : ec});
    EXPECT_EQ(made.exit_code, 0) << made.error;
    return path;
  }
  void expect_signed_by(const std::string& key, const std::string& name) const {
    const Outcome outcome =
        in_site("openssl pkey -in '" + key + "' -pubout -out ../public.key\n" +
                "openssl dgst -sha256 -verify ../public.key -signature " + name + ".sig " + name);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
  }
  [[nodiscard]] Outcome verify(const std::string& key,
                               const std::string& name,
                               const char* form) const {
    return run({.program = OTATOOL_BINARY,
                .arguments = {"verify", site() + "/" + name, "--pubkey", key, "--form", form}});
  }
};

TEST_F(PublishedFiles, AFolderWithRules) {
  write_two_chips();
  const auto json = report();
  EXPECT_THAT(
      json.at("manifests"),
      ElementsAre(
          "station-8266.bin.manifest.json", "c3/station.bin.manifest.json", "manifest.json"));
  EXPECT_THAT(json.at("notes"), IsEmpty());
  EXPECT_THAT(files(),
              ElementsAre("c3/station.bin",
                          "c3/station.bin.manifest.json",
                          "c3/station.bin.md5",
                          "c3/station.bin.sha256",
                          "c3/station.factory.bin",
                          "c3/station.factory.bin.md5",
                          "c3/station.factory.bin.sha256",
                          "index.html",
                          "manifest.json",
                          "station-8266.bin",
                          "station-8266.bin.gz",
                          "station-8266.bin.gz.md5",
                          "station-8266.bin.gz.sha256",
                          "station-8266.bin.manifest.json",
                          "station-8266.bin.md5",
                          "station-8266.bin.sha256"));
  const Outcome checked = in_site(
      "md5sum -c *.md5\nsha256sum -c *.sha256\ngzip -dc station-8266.bin.gz | cmp - "
      "station-8266.bin\n"
      "cd c3\nmd5sum -c *.md5\nsha256sum -c *.sha256\n");
  EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error;
  EXPECT_EQ(published("c3/station.bin"), source_.read("c3/station.bin"));
}

TEST_F(PublishedFiles, OneManifestServesDevicesAndBrowsers) {
  write_two_chips();
  ASSERT_EQ(publish().exit_code, 0);
  const auto all = manifest("manifest.json");
  EXPECT_EQ(all.at("version"), "2.0.0");
  EXPECT_TRUE(all.at("name").is_string());
  const auto& builds = all.at("builds");
  ASSERT_EQ(builds.size(), 2U);
  EXPECT_EQ(builds[0].at("chipFamily"), "ESP8266");
  EXPECT_EQ(builds[0].at("ota").at("path"), "station-8266.bin");
  EXPECT_EQ(builds[0].at("ota").at("md5"), published("station-8266.bin.md5").substr(0, 32));
  EXPECT_EQ(builds[0].at("parts")[0].at("path"), "station-8266.bin");
  EXPECT_EQ(builds[1].at("chipFamily"), "ESP32-C3");
  EXPECT_EQ(builds[1].at("ota").at("path"), "c3/station.bin");
  EXPECT_EQ(builds[1].at("parts")[0].at("path"), "c3/station.factory.bin");
  EXPECT_EQ(builds[1].at("parts")[0].at("offset"), 0);
  const auto own = manifest("c3/station.bin.manifest.json").at("builds")[0];
  EXPECT_EQ(own.at("ota").at("path"), "station.bin") << "relative to the manifest";
  EXPECT_EQ(own.at("parts")[0].at("path"), "station.factory.bin");
}

TEST_F(PublishedFiles, NoManifestMixesFirmwares) {
  source_.write("otatool.toml", R"(
[[serve.rule]]
image = "kitchen.bin"
version = "1"
[[serve.rule]]
image = "lamp.bin"
version = "1"
)");
  source_.write("kitchen.bin", esp8266_image("kitchen"));
  source_.write("lamp.bin", esp8266_image("lamp"));
  const auto json = report();
  EXPECT_THAT(json.at("manifests"),
              ElementsAre("kitchen.bin.manifest.json", "lamp.bin.manifest.json"));
  EXPECT_THAT(json.at("notes")[0].get<std::string>(), HasSubstr("are for the same chip"));
  EXPECT_FALSE(has("manifest.json"));
}

TEST_F(PublishedFiles, AnImageForSomeDevicesIsNotInTheManifestForAll) {
  source_.write("beta.bin", esp8266_image("beta"));
  source_.write("stable.bin", esp8266_image("stable"));
  for (const std::string condition :
       {"mac = \"5C:CF:7F:*\"", "percent = 50", "stages = [10, 100]"}) {
    source_.write("otatool.toml",
                  "[[serve.rule]]\nimage = \"beta.bin\"\nversion = \"2-beta\"\n" + condition +
                      "\n[[serve.rule]]\nimage = \"stable.bin\"\nversion = \"1\"\n");
    std::filesystem::remove_all(site());
    ASSERT_EQ(publish().exit_code, 0) << condition;
    ASSERT_TRUE(has("manifest.json")) << condition;
    EXPECT_EQ(manifest("manifest.json").at("builds")[0].at("ota").at("path"), "stable.bin");
    EXPECT_EQ(manifest("beta.bin.manifest.json").at("version"), "2-beta");
  }
}

TEST_F(PublishedFiles, ATasmotaNeedsTheMinimalImageToo) {
  source_.write("a/tasmota-DE.bin", esp8266_image("full"));
  EXPECT_THAT(report().at("notes").dump(),
              HasSubstr("a/tasmota-DE.bin: a/tasmota-minimal.bin is missing"));
  source_.write("a/tasmota-minimal.bin", esp8266_image("minimal"));
  EXPECT_THAT(report().at("notes").dump(), Not(HasSubstr("is missing")));
}

TEST_F(PublishedFiles, AFolderWithoutRulesPublishesItsImages) {
  source_.write("tasmota.bin", esp8266_image("full"));
  source_.write("tasmota-minimal.bin", esp8266_image("minimal"));
  source_.write("esp.bin", esp32_image());
  source_.write("bootloader.bin", text(support::esp32_bootloader()));
  source_.write("partitions.bin", text(support::partition_table()));
  source_.write("files.littlefs.bin", text(support::littlefs_image(4096, 16)));
  source_.write("README.txt", "no image");
  source_.write(".hidden.bin", "no image");
  const auto json = report();
  EXPECT_EQ(json.at("skipped").size(), 2U) << json;
  EXPECT_TRUE(has("tasmota.bin.gz") && has("tasmota-minimal.bin.gz")) << "names of Tasmota";
  EXPECT_TRUE(has("files.littlefs.bin.md5"));
  EXPECT_FALSE(has("esp.bin.gz") || has("files.littlefs.bin.gz") || has("README.txt"));
  EXPECT_FALSE(has("bootloader.bin") || has("partitions.bin"));
  EXPECT_EQ(manifest("manifest.json").at("builds")[0].at("chipFamily"), "ESP32")
      << "the descriptor of the app has its version";
  EXPECT_THAT(json.at("notes").dump(),
              AllOf(HasSubstr("tasmota.bin: no manifest: its version is unknown"),
                    HasSubstr("esp.bin: browsers cannot install it")));
}

TEST_F(PublishedFiles, APackageOfTheUserIsNotReplaced) {
  source_.write("tasmota.bin", esp8266_image());
  ASSERT_EQ(run({.program = "/bin/sh",
                 .arguments = {"-c", "gzip -1 -n < tasmota.bin > tasmota.bin.gz"},
                 .folder = source_.path()})
                .exit_code,
            0);
  ASSERT_EQ(publish().exit_code, 0);
  EXPECT_EQ(published("tasmota.bin.gz"), source_.read("tasmota.bin.gz"));
}

TEST_F(PublishedFiles, SignaturesAreThoseOfTheDevices) {
  write_two_chips();
  const std::string key = make_key("rsa");
  const auto json = report({"--key", key});
  EXPECT_EQ(json.at("key").get<std::string>().size(), 64U);
  for (const char* name : {"station-8266.bin", "c3/station.bin", "c3/station.factory.bin"}) {
    expect_signed_by(key, name);
  }
  EXPECT_EQ(verify(key, "station-8266.bin.signed", "esp8266").exit_code, 0);
  EXPECT_EQ(verify(key, "station-8266.bin.signed-legacy", "esp8266-legacy").exit_code, 0);
  EXPECT_EQ(verify(key, "c3/station.bin.signed", "esp32").exit_code, 0);
  EXPECT_FALSE(has("station-8266.bin.gz.signed")) << "destroys devices that do not verify";
  EXPECT_FALSE(has("c3/station.factory.bin.signed"));
  const auto before = published("c3/station.bin.signed");
  EXPECT_THAT(report({"--key", key}).at("written"), IsEmpty()) << "PSS has a random salt";
  EXPECT_EQ(published("c3/station.bin.signed"), before);
  expect_failure(publish({"--key", make_key("ec")}), 8, "station-8266.bin: an EC P-256 key", "RSA");
}

TEST_F(PublishedFiles, AnEcKeySignsForAnEsp32) {
  source_.write("app.bin", esp32_image());
  const std::string key = make_key("ec");
  const auto json = report({"--key", key});
  EXPECT_TRUE(json.contains("key"));
  expect_signed_by(key, "app.bin");
  EXPECT_EQ(verify(key, "app.bin.signed", "esp32").exit_code, 0);
}

TEST_F(PublishedFiles, ThePageListsTheImages) {
  write_two_chips();
  ASSERT_EQ(publish().exit_code, 0);
  const std::string page = published("index.html");
  EXPECT_THAT(page, HasSubstr("href=\"./station-8266.bin.gz\""));
  EXPECT_THAT(page, HasSubstr("version 2.0.0"));
  EXPECT_THAT(page, Not(HasSubstr("http")));
}

TEST_F(PublishedFiles, ANameWithHttpHasNoManifest) {
  source_.write("http-app.bin", esp32_image());
  EXPECT_THAT(report().at("notes")[0].get<std::string>(), HasSubstr("'http'"));
  EXPECT_TRUE(has("http-app.bin"));
  EXPECT_FALSE(has("http-app.bin.manifest.json") || has("manifest.json"));
}

}  // namespace
}  // namespace otatool::test
