// Difference updates of `otatool device`, sent by `otatool upload` and fetched from `otatool
// serve`.
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/device/device_http_fixture.hpp"

namespace otatool::test {
namespace {

using support::Blob;
using ::testing::Contains;
using ::testing::Not;

class DeltaDevice : public ::testing::Test {
 protected:
  /// Code, of which the last `different` bytes depend on the version.
  static std::string version(unsigned number, std::size_t size, std::size_t different) {
    const Blob noise = support::noise(different, number);
    const Blob same = support::noise(size, 99);
    support::ArduinoSpec spec;
    spec.code_size = 64;
    spec.text = std::string(same.begin(), same.end() - static_cast<std::ptrdiff_t>(different)) +
                std::string(noise.begin(), noise.end());
    const Blob image = support::arduino_image(spec);
    return {image.begin(), image.end()};
  }
  void write_versions(std::size_t size, std::size_t different) {
    folder_.write("base/v1.bin", version(1, size, different));
    second_ = version(2, size, different);
    folder_.write("v2.bin", second_);
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  static int port_of(JsonProgram& device) { return device.next("listening").at("udp"); }
  /// The names of the events of an upload.
  std::vector<std::string> upload(const std::string& image, int port, Words options, int exit = 0) {
    options.insert(options.begin(),
                   {"upload",
                    path(image),
                    "127.0.0.1:" + std::to_string(port),
                    "--chip",
                    "esp8266",
                    "--retries",
                    "0",
                    "--json"});
    const Outcome outcome = run({.program = OTATOOL_BINARY, .arguments = options});
    EXPECT_EQ(outcome.exit_code, exit) << outcome.output << outcome.error;
    std::vector<std::string> names;
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) {
      names.push_back(nlohmann::json::parse(line).value("event", ""));
    }
    return names;
  }
  static void expect_boots(JsonProgram& device, const std::string& image) {
    const auto boot = device.next("boot");
    EXPECT_EQ(boot.value("md5", ""), md5_of(image));
  }
  /// A device that runs the first version.
  void give_first(JsonProgram& device, int port) {
    device.next("boot");
    upload("base/v1.bin", port, {});
    expect_boots(device, folder_.read("base/v1.bin"));
  }

  TemporaryFolder folder_;
  std::string second_;
};

TEST_F(DeltaDevice, TakesTheDifferenceFromUpload) {
  write_versions(60'000, 500);
  JsonProgram device(device_call({}));
  const int port = port_of(device);
  give_first(device, port);
  EXPECT_THAT(upload("v2.bin", port, {"--base", path("base")}), Contains("patch"));
  expect_boots(device, second_);
}

TEST_F(DeltaDevice, TakesTheImageIfTheOldOneIsUnknown) {
  write_versions(60'000, 500);
  folder_.write("empty/notes.txt", "no image");
  JsonProgram device(device_call({}));
  const int port = port_of(device);
  give_first(device, port);
  EXPECT_THAT(upload("v2.bin", port, {"--base", path("empty"), "--delta", "always"}, 7),
              Not(Contains("patch")));
  EXPECT_THAT(upload("v2.bin", port, {"--base", path("empty")}), Not(Contains("patch")));
  expect_boots(device, second_);
}

TEST_F(DeltaDevice, TakesTheImageAfterItRefusedTheDifference) {
  // 115 sectors: twice 57 for the images, and one that is too small for the patch.
  write_versions(57 * 4096 - 6000, 6000);
  JsonProgram device(device_call({"--size", "512K"}));
  const int port = port_of(device);
  give_first(device, port);
  const auto events = upload("v2.bin", port, {"--base", path("base")});
  EXPECT_THAT(events, Contains("patch"));
  EXPECT_THAT(events, Contains("patch-refused"));
  expect_boots(device, second_);
}

TEST_F(DeltaDevice, RefusesTheImageWithDeltaAlways) {
  write_versions(57 * 4096 - 6000, 6000);
  JsonProgram device(device_call({"--size", "512K"}));
  const int port = port_of(device);
  give_first(device, port);
  const auto events = upload("v2.bin", port, {"--base", path("base"), "--delta", "always"}, 6);
  EXPECT_THAT(events, Not(Contains("patch-refused")));
}

TEST_F(DeltaDevice, FetchesTheDifferenceFromServe) {
  write_versions(60'000, 500);
  folder_.write("site/otatool.toml", "[[serve.rule]]\nimage = \"v2.bin\"\nversion = \"2\"\n");
  folder_.write("site/v2.bin", second_);
  JsonProgram server({.program = OTATOOL_BINARY,
                      .arguments = {"serve",
                                    path("site"),
                                    "--base",
                                    path("base"),
                                    "--listen",
                                    "127.0.0.1:0",
                                    "--store",
                                    "none",
                                    "--log-format",
                                    "json",
                                    "--json"}});
  const std::string url = server.next("listening").at("url").get<std::string>() + "/update";
  const std::string old_image = folder_.read("base/v1.bin");
  const std::string runs = "x-otatool-delta: " + std::to_string(old_image.size()) + " " +
                           espota::sha256_hex(as_bytes(old_image));
  // Each request is of another device: one that downloads without effect would have to wait.
  int requests = 0;
  const auto fetch = [&] {
    const std::string mac = "5C:CF:7F:01:02:" + std::to_string(10 + requests++ % 90);
    return curl({"-H", "x-ESP8266-STA-MAC: " + mac, "-H", runs, url});
  };
  // The first request orders the patch and gets the image.
  std::string answer = fetch();
  EXPECT_EQ(answer, second_ + " 200");
  while (answer == second_ + " 200") {
    answer = fetch();
  }
  EXPECT_EQ(answer.substr(0, 4), "\xDEOTA");
  EXPECT_LT(answer.size(), second_.size() / 5);

  const std::string flash = path("flash.bin");
  {
    JsonProgram fresh(device_call({"--flash", flash}));
    give_first(fresh, port_of(fresh));
  }
  JsonProgram device(device_call({"--flash", flash, "--pull", url, "--interval", "0.1"}));
  expect_boots(device, old_image);
  EXPECT_EQ(device.next("progress").at("total"), answer.size() - 4) << "without ` 200`";
  expect_boots(device, second_);
  auto pull = device.next("pull");
  while (pull.at("outcome") != "up-to-date") {
    pull = device.next("pull");
  }
  EXPECT_EQ(pull.at("status"), 304);
}

TEST_F(DeltaDevice, NeedsAFolder) {
  write_versions(20'000, 500);
  upload("v2.bin", 1, {"--delta", "always"}, 2);
  upload("v2.bin", 1, {"--base", path("none")}, 7);
}

}  // namespace
}  // namespace otatool::test
