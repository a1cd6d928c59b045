// A flash that is kept in a file: the next device with this file runs the application that the
// previous device received.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "otatool/bytes.hpp"
#include "otatool/espota/digest.hpp"

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/process.hpp"

namespace otatool::test {
namespace {

using Arguments = std::vector<std::string>;

/// An image like the Arduino core's, with the loader of firmware/boot, which takes two sectors.
support::Blob image_with_own_loader() {
  support::Blob image = support::v1_image({}, {{0x4010'E000, support::noise(5000, 3)}});
  image.resize(0x2000, 0xAA);
  support::append(
      image,
      support::v1_image(
          {}, {{0x4020'2010, support::noise(20'003, 4)}, {0x3FFE'8000, support::noise(64, 5)}}));
  return image;
}

class DeviceRestart : public ::testing::Test {
 protected:
  [[nodiscard]] ProgramCall device(const Arguments& more) const {
    Arguments arguments = {"device", "--port", "0", "--no-announce", "--flash", "g.bin", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return folder_.call(arguments);
  }

  /// Uploads the file to a device and returns what the next device with the same flash reports at
  /// its start.
  void expect_kept(const std::string& file, const Arguments& more = {}) const {
    Arguments once = more;
    once.emplace_back("--once");
    Process first(device(once));
    const int port = next_event(first, "listening").at("udp");
    const Outcome upload = folder_.otatool({"upload", file, "127.0.0.1:" + std::to_string(port)});
    ASSERT_EQ(upload.exit_code, 0) << upload.error;
    ASSERT_EQ(first.wait().exit_code, 0);

    Process second(device(more));
    const auto boot = next_event(second, "boot");
    const std::string image = folder_.read(file);
    EXPECT_EQ(boot.at("applied"), false);
    EXPECT_EQ(boot.at("bytes"), image.size());
    EXPECT_EQ(boot.at("md5"), espota::md5_hex(as_bytes(image)));
  }

  const SigningFolder folder_;
};

TEST_F(DeviceRestart, BootsAnArduinoImage) {
  expect_kept("app.bin");
}

TEST_F(DeviceRestart, BootsAnImageWithTheLoaderOfThisProject) {
  folder_.write("own.bin", image_with_own_loader());
  expect_kept("own.bin");
}

TEST_F(DeviceRestart, BootsASignedImage) {
  ASSERT_EQ(folder_.otatool({"sign", "app.bin", "--key", "private.key"}).exit_code, 0);
  expect_kept("app.bin.signed");
}

TEST_F(DeviceRestart, BootsAnEsp32Image) {
  expect_kept("esp32.bin", {"--chip", "esp32"});
}

TEST_F(DeviceRestart, BootsAnEsp32ImageWithoutAHash) {
  support::Esp32Spec spec;
  spec.hash = false;
  folder_.write("plain.bin", support::esp32_image(spec));
  expect_kept("plain.bin", {"--chip", "esp32"});
}

}  // namespace
}  // namespace otatool::test
