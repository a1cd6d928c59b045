// A whole device as on an ESP32 with ESP-IDF, on real sockets, and the real otatool as its host.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/idf/ota_receiver.hpp"
#include "tests/firmware/support/fake_port.hpp"
#include "tests/support/esp_ota_model.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::firmware {
namespace {

using test::EspOtaModel;
using test::Outcome;
using Image = std::vector<std::uint8_t>;

/// One run of the device, from its start until it wants to restart or the test ends.
class RunningDevice {
 public:
  RunningDevice(std::string password_hash, std::string public_key, bool stops_early = false)
      : password_hash_(std::move(password_hash)),
        public_key_(std::move(public_key)),
        stops_early_(stops_early),
        receiver_(settings(), hooks_) {
    EXPECT_TRUE(receiver_.begin());
    port_ = receiver_.port();
    thread_ = std::thread([this] { run(); });
  }
  RunningDevice(const RunningDevice&) = delete;
  RunningDevice& operator=(const RunningDevice&) = delete;
  ~RunningDevice() { stop(); }

  std::string port() const { return std::to_string(port_); }
  /// Waits for the first bytes of an image and stops then.
  void stop_early() {
    thread_.join();
    receiver_.end();
  }
  /// Waits until the device wants to restart. The computer may have the verdict earlier.
  void await_restart() {
    thread_.join();
    receiver_.end();
  }
  /// True if the device wanted to restart.
  bool stop() {
    if (thread_.joinable()) {
      stopped_ = true;
      thread_.join();
      receiver_.end();
    }
    return restarts_;
  }
  const std::vector<std::string>& log() const { return hooks_.log; }

 private:
  OtaSettings settings() const {
    OtaSettings settings;
    settings.port = 0;
    settings.password_hash = password_hash_.empty() ? nullptr : password_hash_.c_str();
    settings.public_key = public_key_.empty() ? nullptr : public_key_.c_str();
    return settings;
  }
  void run() {
    while (!stopped_ && !restarts_ && !(stops_early_ && has_bytes())) {
      restarts_ = receiver_.poll();
      receiver_.wait(kLongestWait);
    }
  }

  bool has_bytes() const { return !hooks_.progress.empty() && hooks_.progress.rfind("0/", 0) != 0; }

  /// In milliseconds; the receiver has deadlines.
  static constexpr std::uint32_t kLongestWait = 20;

  std::string password_hash_;
  std::string public_key_;
  bool stops_early_;
  testing::RecordingHooks hooks_;
  OtaReceiver receiver_;
  std::uint16_t port_ = 0;
  bool restarts_ = false;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

class Esp32DeviceTest : public ::testing::Test {
 protected:
  Esp32DeviceTest() {
    chip_.flash_slot(0, old_);
    EXPECT_EQ(chip_.boot(), 0);
    folder_.write("fresh.bin", std::string(fresh_.begin(), fresh_.end()));
  }

  Outcome otatool(const std::vector<std::string>& arguments) {
    return test::run({.program = OTATOOL_BINARY,
                      .arguments = arguments,
                      .environment = {{"OTATOOL_PASSWORD", "secret"}},
                      .folder = folder_.path().string()});
  }
  /// The model's images are of no kind that otatool knows.
  static std::vector<std::string> words(const RunningDevice& device, const std::string& file) {
    return {"upload",
            file,
            "127.0.0.1",
            "--chip",
            "esp32",
            "--port",
            device.port(),
            "--force",
            "not-an-image"};
  }
  Outcome upload(const RunningDevice& device, const std::string& file) {
    return otatool(words(device, file));
  }
  std::string content(const std::string& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Of the password "secret".
  static std::string password() {
    return "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
  }

  EspOtaModel chip_;
  test::TemporaryFolder folder_;
  const Image old_ = EspOtaModel::image(30'000, 1);
  const Image fresh_ = EspOtaModel::image(60'000, 2);
};

TEST_F(Esp32DeviceTest, TakesAnUploadAndRestarts) {
  RunningDevice device("", "");
  const Outcome outcome = upload(device, "fresh.bin");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  device.await_restart();
  EXPECT_EQ(device.log(), (std::vector<std::string>{"start flash", "end"}));
  EXPECT_EQ(chip_.boot(), 1);
  EXPECT_TRUE(chip_.runs(fresh_));
}

TEST_F(Esp32DeviceTest, ChecksThePassword) {
  RunningDevice device(password(), "");
  const Outcome wrong = test::run({.program = OTATOOL_BINARY,
                                   .arguments = words(device, "fresh.bin"),
                                   .environment = {{"OTATOOL_PASSWORD", "wrong"}},
                                   .folder = folder_.path().string()});
  EXPECT_NE(wrong.exit_code, 0);
  const Outcome right = upload(device, "fresh.bin");
  ASSERT_EQ(right.exit_code, 0) << right.error;
  device.await_restart();
}

TEST_F(Esp32DeviceTest, AcceptsOnlySignedImages) {
  ASSERT_EQ(otatool({"keygen", "-o", "release.key", "--pubkey", "release.pub"}).exit_code, 0);
  ASSERT_EQ(otatool({"keygen", "-o", "other.key", "--pubkey", "other.pub"}).exit_code, 0);
  for (const std::string key : {"release", "other"}) {
    const Outcome made = otatool({"sign",
                                  "fresh.bin",
                                  "--key",
                                  key + ".key",
                                  "--force",
                                  "--format",
                                  "esp8266",
                                  "-o",
                                  key + ".bin"});
    ASSERT_EQ(made.exit_code, 0) << made.error;
  }
  RunningDevice device("", content("release.pub"));
  for (const std::string file : {"fresh.bin", "other.bin"}) {
    const Outcome refused = upload(device, file);
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_NE(refused.error.find("Signature verification failed"), std::string::npos)
        << refused.error;
  }
  const Outcome accepted = upload(device, "release.bin");
  ASSERT_EQ(accepted.exit_code, 0) << accepted.error;
  device.await_restart();
  EXPECT_EQ(chip_.boot(), 1);
  EXPECT_TRUE(chip_.runs(fresh_));
}

TEST_F(Esp32DeviceTest, EndErasesAnUnverifiedFilesystem) {
  ASSERT_EQ(otatool({"keygen", "-o", "release.key", "--pubkey", "release.pub"}).exit_code, 0);
  folder_.write("files.bin", std::string(30'000, 'x'));
  RunningDevice device("", content("release.pub"), true);
  std::vector<std::string> arguments = words(device, "files.bin");
  arguments.insert(arguments.end(), {"--fs", "--retries", "0"});
  auto host = std::async(std::launch::async, [&] { return otatool(arguments); });
  device.stop_early();
  EXPECT_NE(host.get().exit_code, 0);
  EXPECT_EQ(device.log(), (std::vector<std::string>{"start filesystem"}));
  const auto bytes = chip_.flash.bytes(chip_.filesystem()->address, 30'000);
  EXPECT_EQ(std::ranges::count(bytes, 'x'), 0);
}

TEST_F(Esp32DeviceTest, AnUnusableKeyRefusesEveryImage) {
  RunningDevice device("", "no key");
  const Outcome refused = upload(device, "fresh.bin");
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.error.find("no usable key"), std::string::npos) << refused.error;
  EXPECT_FALSE(device.stop());
}

TEST_F(Esp32DeviceTest, ShowsTheHostWhatTheBootloaderSays) {
  Image broken = fresh_;
  broken[20'000] ^= 1;
  folder_.write("broken.bin", std::string(broken.begin(), broken.end()));
  RunningDevice device("", "");
  const Outcome refused = upload(device, "broken.bin");
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.error.find("The bootloader refuses the image"), std::string::npos)
      << refused.error;
  const Outcome retried = upload(device, "fresh.bin");
  EXPECT_EQ(retried.exit_code, 0) << retried.error;
}

}  // namespace
}  // namespace otatool::firmware
