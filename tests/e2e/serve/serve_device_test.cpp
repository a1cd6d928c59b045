// Answers to devices that pull, by the fields of their requests.
#include <string>

#include "otatool/espota/digest.hpp"

#include "tests/e2e/serve/serve_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

std::string md5_of(const std::string& text) {
  return espota::md5_hex(as_bytes(text));
}

class ServeDevice : public ServeTest {
 protected:
  void write_rules(const std::string& rules) { folder_.write("otatool.toml", rules); }

  ServeDevice() { folder_.write("sketch.bin", image_); }

  const std::string image_ = esp8266_image();
};

TEST_F(ServeDevice, AnEsp8266GetsItsImageAnd304WhileItRunsIt) {
  write_rules("[[serve.rule]]\nimage = 'sketch.bin'\nversion = '1.1.0'\n");
  ServeProcess server({folder_.path()});
  const auto first = fetch(server.port(), esp8266_request("/update", {.version = "1.0.0"}));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status_line, "HTTP/1.0 200 OK");
  EXPECT_EQ(first->body, image_);
  EXPECT_EQ(first->field("content-length"), std::to_string(image_.size()));
  EXPECT_EQ(first->field("x-md5"), md5_of(image_));
  EXPECT_EQ(first->field("x-version"), "1.1.0");
  EXPECT_EQ(first->field("transfer-encoding"), "");
  const auto event = server.next_request();
  EXPECT_EQ(event["device"], "5C:CF:7F:01:02:03");
  EXPECT_EQ(event["had"], "1.0.0");
  EXPECT_EQ(event["offered"], "1.1.0");
  EXPECT_EQ(event["complete"], true);
  EXPECT_EQ(event["bytes"], image_.size());

  const auto by_version = fetch(server.port(), esp8266_request("/update", {.version = "v1.1"}));
  ASSERT_TRUE(by_version);
  EXPECT_EQ(by_version->status, 304U);
  const auto by_hash = fetch(server.port(), esp8266_request("/update", {.md5 = md5_of(image_)}));
  ASSERT_TRUE(by_hash);
  EXPECT_EQ(by_hash->status, 304U);
  const auto newer = fetch(server.port(), esp8266_request("/update", {.version = "1.10.0"}));
  ASSERT_TRUE(newer);
  EXPECT_EQ(newer->status, 304U);
}

TEST_F(ServeDevice, AnEsp32GetsItsImageWithBothHashes) {
  const std::string image = text_of(support::esp32_image());
  folder_.write("esp32.bin", image);
  write_rules(
      "[[serve.rule]]\nimage = 'sketch.bin'\nversion = '1.1'\n"
      "[[serve.rule]]\nimage = 'esp32.bin'\nversion = '3.0'\n");
  ServeProcess server({folder_.path()});
  const auto first = fetch(server.port(), esp32_request("/update", {.version = "2.9"}));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 200U);
  EXPECT_EQ(first->body, image);
  EXPECT_EQ(first->field("x-md5"), md5_of(image));
  EXPECT_EQ(first->field("x-sha256"), espota::sha256_hex(as_bytes(image)));

  // The chip reports the hash that is appended to the image.
  std::string appended = to_hex(as_bytes(image).last(32));
  for (char& digit : appended) {
    digit = static_cast<char>(std::toupper(static_cast<unsigned char>(digit)));
  }
  const auto second = fetch(server.port(), esp32_request("/update", {.sha256 = appended}));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->status, 304U);
}

TEST_F(ServeDevice, AVersionRequestGetsOnlyTheVersion) {
  write_rules("[[serve.rule]]\nimage = 'sketch.bin'\nversion = '1.1.0'\n");
  ServeProcess server({folder_.path()});
  const auto reply =
      fetch(server.port(), esp8266_request("/update", {.version = "1.1.0", .mode = "version"}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200U);
  EXPECT_EQ(reply->field("x-version"), "1.1.0");
  EXPECT_EQ(reply->field("x-md5"), md5_of(image_));
}

TEST_F(ServeDevice, AFilesystemOfAnyKindIsNeverFirmware) {
  const std::string filesystem = text_of(support::littlefs_image(4096, 32));
  folder_.write("data.bin", filesystem);
  folder_.write("esp32.bin", text_of(support::esp32_image()));
  write_rules("[[serve.rule]]\nimage = 'esp32.bin'\n[[serve.rule]]\nimage = 'data.bin'\n");
  for (const char* mode : {"spiffs", "littlefs", "fatfs", "flashfs"}) {
    // No server gives a device the same filesystem more than three times.
    ServeProcess server({folder_.path(), "--store", "none"});
    for (const char* path : {"/update", "/data.bin"}) {
      const auto reply = fetch(server.port(), esp32_request(path, {.mode = mode}));
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply->body, filesystem) << mode << path;
    }
  }
  ServeProcess server({folder_.path()});
  for (const char* path : {"/update", "/data.bin", "/esp32.bin"}) {
    const auto reply = fetch(server.port(), esp32_request(path, {.mode = "bootloader"}));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 404U) << path;
  }
}

TEST_F(ServeDevice, AnImageThatDoesNotFitIsNotSent) {
  write_rules("[[serve.rule]]\nimage = 'sketch.bin'\n");
  ServeProcess server({folder_.path()});
  const auto reply = fetch(server.port(), esp8266_request("/update", {.free_space = "4096"}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 404U);
  EXPECT_THAT(std::string(server.next_request()["reason"]), HasSubstr("do not fit into 4096"));
  const auto small_chip = fetch(server.port(), esp8266_request("/update", {.chip_size = "524288"}));
  ASSERT_TRUE(small_chip);
  EXPECT_EQ(small_chip->status, 404U);
  EXPECT_THAT(std::string(server.next_request()["reason"]), HasSubstr("made for a flash of"));
}

TEST_F(ServeDevice, APackageIsSentOnlyToDevicesThatUnpackIt) {
  ASSERT_EQ(otatool({"gzip", folder_ / "sketch.bin", "-o", folder_ / "sketch.bin.gz"}).exit_code,
            0);
  const std::string package = folder_.read("sketch.bin.gz");
  write_rules(
      "[[serve.rule]]\nmac = '5C:CF:7F:01:02:03'\nimage = 'sketch.bin.gz'\ngzip = true\n"
      "[[serve.rule]]\nimage = 'sketch.bin.gz'\n");
  ServeProcess server({folder_.path()});
  const auto packed = fetch(server.port(), esp8266_request("/update"));
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->body, package);
  EXPECT_EQ(packed->field("x-md5"), md5_of(package));
  const auto plain = fetch(server.port(), esp8266_request("/update", {.mac = "5C:CF:7F:99:99:99"}));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->body, image_);
  EXPECT_EQ(plain->field("x-md5"), md5_of(image_));
  const auto runs_it = fetch(server.port(), esp8266_request("/update", {.md5 = md5_of(image_)}));
  ASSERT_TRUE(runs_it);
  EXPECT_EQ(runs_it->status, 304U);
}

TEST_F(ServeDevice, APackageByItsNameNeedsOnlyItsOwnSize) {
  ASSERT_EQ(otatool({"gzip", folder_ / "sketch.bin", "-o", folder_ / "fw.bin.gz"}).exit_code, 0);
  const std::string package = folder_.read("fw.bin.gz");
  ServeProcess server({folder_.path()});
  const std::string little = std::to_string(image_.size() - 1);
  const auto packed = fetch(server.port(), esp8266_request("/fw.bin.gz", {.free_space = little}));
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->body, package);
  EXPECT_EQ(packed->field("x-md5"), md5_of(package));
}

TEST_F(ServeDevice, ASingleImageIsServedAtTheRootAndByItsName) {
  ServeProcess server({folder_ / "sketch.bin"});
  for (const char* path : {"/", "/sketch.bin"}) {
    const auto reply = fetch(server.port(), esp8266_request(path));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, image_) << path;
    EXPECT_EQ(reply->field("x-md5"), md5_of(image_));
  }
  const auto same = fetch(server.port(), esp8266_request("/", {.md5 = md5_of(image_)}));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->status, 304U);
  const auto wrong_chip = fetch(server.port(), esp32_request("/"));
  ASSERT_TRUE(wrong_chip);
  EXPECT_EQ(wrong_chip->status, 404U);
}

TEST_F(ServeDevice, DevicesOnlyRefusesOtherClients) {
  ServeProcess server({folder_ / "sketch.bin", "--devices-only"});
  EXPECT_EQ(fetch(server.port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")->status, 403U);
  EXPECT_EQ(fetch(server.port(), esp8266_request("/"))->status, 200U);
  EXPECT_EQ(fetch(server.port(), "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")->status, 200U);
  EXPECT_EQ(fetch(server.port(), "GET /status HTTP/1.1\r\nHost: x\r\n\r\n")->status, 200U);
}

TEST_F(ServeDevice, ADownloadThatBreaksOffIsLoggedAsIncomplete) {
  folder_.write("large.bin", esp8266_image("", 1'000'000));
  ServeProcess server({folder_ / "large.bin"});
  HttpClient client(server.port());
  client.set_receive_buffer(8192);
  client.send(esp8266_request("/"));
  EXPECT_FALSE(client.read_some(4096).empty());
  client.reset();
  const auto event = server.next_request();
  EXPECT_EQ(event["status"], 200);
  EXPECT_EQ(event["complete"], false);
}

}  // namespace
}  // namespace otatool::test
