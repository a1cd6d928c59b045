// Readers of published files, through the plain web server of Python: a reader that takes the
// manifest as ESPHome does (field-firmwares.md 11), a Tasmota, and the virtual device.
#include "otatool/espota/digest.hpp"

#include "tests/e2e/publish/publish_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

/// `python3 -m http.server` for a folder.
class PlainServer {
 public:
  explicit PlainServer(const std::string& folder)
      : process_(
            {.program = PYTHON,
             .arguments = {
                 "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder}}) {
    const std::string line = process_.read_line().value_or("");
    const std::size_t start = line.find("(http");
    EXPECT_NE(start, std::string::npos) << line << process_.wait().error;
    url_ = line.substr(start + 1, line.rfind(')') - start - 1);
  }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  Process process_;
  std::string url_;
};

struct Answer {
  std::string body;
  std::string head;
};

class PublishedDownloads : public PublishTest {
 protected:
  static Answer get(const std::string& url) {
    const Outcome outcome = run(
        {.program = "/usr/bin/curl", .arguments = {"--silent", "--show-error", "--include", url}});
    const std::size_t end = outcome.output.find("\r\n\r\n");
    EXPECT_NE(end, std::string::npos) << url << outcome.error;
    return {.body = outcome.output.substr(end + 4), .head = outcome.output.substr(0, end)};
  }

  /// The image that ESPHome would install: exact status and length, first build of the chip, path
  /// by its rules, and the MD5 compared as text.
  static std::string esphome_download(const std::string& manifest_url, const std::string& chip) {
    const Answer manifest = get(manifest_url);
    EXPECT_THAT(manifest.head, HasSubstr(" 200 "));
    EXPECT_THAT(manifest.head,
                HasSubstr("Content-Length: " + std::to_string(manifest.body.size()) + "\r\n"));
    const auto json = nlohmann::json::parse(manifest.body);
    EXPECT_TRUE(json.at("name").is_string() && json.at("version").is_string());
    for (const auto& build : json.at("builds")) {
      if (build.at("chipFamily") != chip) {
        continue;
      }
      const std::string path = build.at("ota").at("path");
      EXPECT_EQ(path.find("http"), std::string::npos);
      const Answer image = get(manifest_url.substr(0, manifest_url.rfind('/') + 1) + path);
      EXPECT_THAT(image.head,
                  HasSubstr("Content-Length: " + std::to_string(image.body.size()) + "\r\n"));
      EXPECT_EQ(espota::md5_hex(as_bytes(image.body)), build.at("ota").at("md5"));
      return image.body;
    }
    ADD_FAILURE() << "no build for " << chip;
    return {};
  }
};

TEST_F(PublishedDownloads, EspHomeFindsTheImageOfItsChip) {
  source_.write("otatool.toml",
                "[[serve.rule]]\nchip = \"esp8266\"\nimage = \"my 8266.bin\"\nversion = \"1\"\n"
                "[[serve.rule]]\nchip = \"esp32\"\nimage = \"s3/app.bin\"\nversion = \"1\"\n");
  source_.write("my 8266.bin", esp8266_image());
  source_.write("s3/app.bin", esp32_image(9));
  ASSERT_EQ(publish().exit_code, 0);
  const PlainServer server(site());
  EXPECT_EQ(esphome_download(server.url() + "manifest.json", "ESP8266"),
            source_.read("my 8266.bin"));
  EXPECT_EQ(esphome_download(server.url() + "manifest.json", "ESP32-S3"),
            source_.read("s3/app.bin"));
  EXPECT_EQ(esphome_download(server.url() + "s3/app.bin.manifest.json", "ESP32-S3"),
            source_.read("s3/app.bin"));
  const Answer hash = get(server.url() + "s3/app.bin.md5");
  EXPECT_EQ(hash.body.substr(0, 32), espota::md5_hex(as_bytes(source_.read("s3/app.bin"))));
}

TEST_F(PublishedDownloads, ATasmotaTakesItsPackage) {
  source_.write("tasmota.bin", esp8266_image("", 57'001));
  ASSERT_EQ(publish().exit_code, 0);
  const PlainServer server(site());
  Process tasmota({.program = PYTHON, .arguments = {FAMILY_DEVICE, "tasmota"}});
  const std::string port = tasmota.read_line().value_or("http ?").substr(5);
  const Outcome outcome = run(
      {.program = OTATOOL_BINARY,
       .arguments = {
           "push", "--pull-from", server.url() + "tasmota.bin.gz", "http://127.0.0.1:" + port}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  tasmota.close_input();
  EXPECT_THAT(tasmota.wait().output,
              HasSubstr(espota::md5_hex(as_bytes(published("tasmota.bin.gz")))));
}

}  // namespace
}  // namespace otatool::test
