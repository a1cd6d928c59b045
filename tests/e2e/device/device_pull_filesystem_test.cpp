// A virtual device that pulls filesystem images and sketches, like ESPhttpUpdate.updateFS.
#include <fstream>
#include <iterator>

#include "tests/e2e/device/device_http_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;

class DevicePullFilesystem : public DevicePull {
 protected:
  DevicePullFilesystem() {
    const support::Blob blob = support::littlefs_image(4096, 100);
    filesystem_.assign(blob.begin(), blob.end());
    folder_.write("fs.bin", filesystem_);
    path_ = folder_.path();
  }
  void write_rules(const std::string& filesystem_version) {
    folder_.write("otatool.toml",
                  "[[serve.rule]]\nmode = \"filesystem\"\nimage = \"fs.bin\"\n" +
                      filesystem_version +
                      "[[serve.rule]]\nimage = \"fw.bin\"\nversion = \"1.0.0\"\n");
  }
  [[nodiscard]] std::string flash_content() const {
    std::ifstream file(flash_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string filesystem_;
  std::string flash_ = folder_.path().string() + "/flash.bin";
};

TEST_F(DevicePullFilesystem, PullsTheFilesystemBeforeTheSketch) {
  write_rules("version = \"7\"\n");
  JsonProgram server(serve_call({}));
  const auto url = server.next("listening").at("url").get<std::string>();
  JsonProgram device(device_call(
      {"--pull", url, "--fs", "--fs-version", "6", "--interval", "0.2", "--flash", flash_}));
  const auto first = device.next("pull");
  EXPECT_EQ(first.at("command"), "filesystem");
  EXPECT_EQ(first.at("outcome"), "updated") << first;
  auto second = device.next("pull");
  while (second.at("command") == "filesystem") {  // the next interval, on a busy machine
    EXPECT_EQ(second.at("outcome"), "up-to-date") << second;
    second = device.next("pull");
  }
  EXPECT_EQ(second.at("outcome"), "updated") << second;
  EXPECT_EQ(device.next("boot").at("md5"), md5_of(image_));
  const auto third = device.next("pull");
  for (const auto& pull : {third, device.next("pull")}) {
    EXPECT_EQ(pull.at("status"), 304) << pull;
  }
  EXPECT_TRUE(flash_content().find(filesystem_) != std::string::npos);
  const auto request = server.next("request");
  EXPECT_EQ(request.at("had"), "6");
  EXPECT_EQ(request.at("complete"), true);
}

TEST_F(DevicePullFilesystem, PullsAFilesystemWithoutVersionOnceInEachInterval) {
  write_rules("");
  JsonProgram server(serve_call({}));
  const auto url = server.next("listening").at("url").get<std::string>();
  JsonProgram device(device_call({"--pull", url, "--fs", "--interval", "2"}));
  EXPECT_EQ(device.next("pull").at("command"), "filesystem");
  for (const std::string outcome : {"updated", "up-to-date"}) {
    const auto pull = device.next("pull");
    EXPECT_EQ(pull.at("command"), "flash");
    EXPECT_EQ(pull.at("outcome"), outcome);
  }
  EXPECT_EQ(device.next("pull").at("command"), "filesystem") << "after the interval";
}

TEST_F(DevicePullFilesystem, RefusesAFilesystemThatDoesNotFit) {
  write_rules("version = \"7\"\n");
  JsonProgram server(serve_call({}));
  const auto url = server.next("listening").at("url").get<std::string>();
  const Outcome outcome = run(device_call({"--pull", url, "--fs", "--size", "1M", "--once"}));
  EXPECT_EQ(outcome.exit_code, 7) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("Not Enough space: 409600 bytes"));
}

TEST_F(DevicePullFilesystem, AnEsp32PullsToo) {
  write_rules("version = \"7\"\n");
  const support::Blob blob = support::littlefs_image(4096, 16);
  folder_.write("fs.bin", std::string(blob.begin(), blob.end()));
  JsonProgram server(serve_call({}));
  const auto url = server.next("listening").at("url").get<std::string>();
  JsonProgram device(
      device_call({"--chip", "esp32", "--pull", url, "--fs", "--interval", "0.2", "--once"}));
  const auto pull = device.next("pull");
  EXPECT_EQ(pull.at("command"), "filesystem");
  EXPECT_EQ(pull.at("outcome"), "updated") << pull;
  EXPECT_EQ(device.process().wait().exit_code, 0);
}

}  // namespace
}  // namespace otatool::test
