// `otatool upload` to `otatool device --esphome`: the choice of the way, passwords, encryption, and
// the exit codes of refusals.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/image_builder.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
constexpr const char* kOtherKey = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=\n";

class UploadToEsphome : public testing::Test {
 protected:
  /// A running device.
  class Device {
   public:
    explicit Device(const std::vector<std::string>& options, const std::string& password = {})
        : process_(call(options, password)) {
      const auto listening = next_event(process_, "listening");
      target_ = "127.0.0.1:" + std::to_string(listening.at("esphome").get<int>());
    }

    [[nodiscard]] std::string url() const { return "esphome://" + target_; }
    [[nodiscard]] const std::string& target() const { return target_; }

   private:
    static ProgramCall call(const std::vector<std::string>& options, const std::string& password) {
      ProgramCall call{.program = OTATOOL_BINARY,
                       .arguments = {"device", "--port", "0", "--no-announce", "--json"}};
      call.arguments.insert(call.arguments.end(), {"--esphome", "0"});
      call.arguments.insert(call.arguments.end(), options.begin(), options.end());
      if (!password.empty()) {
        call.environment["OTATOOL_PASSWORD"] = password;
      }
      return call;
    }

    Process process_;
    std::string target_;
  };

  Outcome upload(const std::vector<std::string>& options, const std::string& password = {}) {
    ProgramCall call{.program = OTATOOL_BINARY,
                     .arguments = {"upload", image_, "--retries", "0", "--json"}};
    call.arguments.insert(call.arguments.end(), options.begin(), options.end());
    if (!password.empty()) {
      call.environment["OTATOOL_PASSWORD"] = password;
    }
    return run(call);
  }

  TemporaryFolder folder_;
  static std::string sketch() {
    const support::Blob image = support::arduino_image(support::ArduinoSpec());
    return {image.begin(), image.end()};
  }

  std::string image_ = folder_.write("firmware.bin", sketch());
};

TEST_F(UploadToEsphome, AUrlOrViaChoosesTheWay) {
  Device device({});
  const Outcome by_url = upload({device.url()});
  EXPECT_EQ(by_url.exit_code, 0) << by_url.output << by_url.error;
  EXPECT_THAT(by_url.output, AllOf(HasSubstr(R"("auth":"none")"), HasSubstr(R"("ok":true)")));
  const Outcome by_option = upload({device.target(), "--via", "esphome"});
  EXPECT_EQ(by_option.exit_code, 0) << by_option.output << by_option.error;
}

TEST_F(UploadToEsphome, AnswersTheChallengeOfThePassword) {
  Device sha256({}, "secret");
  const Outcome right = upload({sha256.url()}, "secret");
  EXPECT_EQ(right.exit_code, 0) << right.output << right.error;
  EXPECT_THAT(right.output, HasSubstr(R"("auth":"sha256")"));
  EXPECT_EQ(upload({sha256.url()}, "wrong").exit_code, 4);
  EXPECT_EQ(upload({sha256.url()}).exit_code, 4) << "a password is needed";

  Device md5({"--auth", "md5"}, "secret");
  EXPECT_EQ(upload({md5.url(), "--require-sha256"}, "secret").exit_code, 4);
  EXPECT_EQ(upload({md5.url()}, "secret").exit_code, 0);
}

TEST_F(UploadToEsphome, AKeyAllowsOnlyEncryptedUpdates) {
  const std::string key = folder_.write("device.key", kKey);
  const std::string other = folder_.write("other.key", kOtherKey);
  Device device({"--encryption-key-file", key});
  EXPECT_EQ(upload({device.url()}).exit_code, 4) << "the device demands encryption";
  EXPECT_EQ(upload({device.url(), "--encryption-key-file", other}).exit_code, 4);
  const Outcome right = upload({device.url(), "--encryption-key-file", key});
  EXPECT_EQ(right.exit_code, 0) << right.output << right.error;

  const Outcome chosen = upload({device.target(), "--encryption-key-file", key});
  EXPECT_EQ(chosen.exit_code, 0) << "the key chooses the way" << chosen.output << chosen.error;
  EXPECT_THAT(chosen.output, HasSubstr(R"("via":"esphome")"));

  Device open({});
  const Outcome refused = upload({open.url(), "--encryption-key-file", key});
  EXPECT_EQ(refused.exit_code, 4) << "it offers no encryption";
  EXPECT_THAT(refused.output, HasSubstr("encryption"));
}

TEST_F(UploadToEsphome, TheConfigurationNamesWayAndKey) {
  folder_.write("device.key", kKey);
  Device device({"--encryption-key-file", (folder_.path() / "device.key").string()});
  const std::string port = device.target().substr(device.target().find(':') + 1);
  folder_.write("otatool.toml",
                "[device.kitchen]\nhost = \"127.0.0.1\"\nport = " + port +
                    "\nvia = \"esphome\"\nencryption-key-file = \"device.key\"\n");
  const Outcome outcome = run({.program = OTATOOL_BINARY,
                               .arguments = {"upload", image_, "kitchen"},
                               .folder = folder_.path().string()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
}

TEST_F(UploadToEsphome, AnErrorOfTheDeviceIsARefusal) {
  Device device({"--esphome-error", "89@size"});
  const Outcome outcome = upload({device.url()});
  EXPECT_EQ(outcome.exit_code, 6) << outcome.output << outcome.error;
}

TEST_F(UploadToEsphome, AnUnknownWayIsAUsageError) {
  const Outcome outcome = upload({"127.0.0.1:9", "--via", "pigeon"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.output, HasSubstr("'pigeon' is not one of espota, esphome, form"));
}

TEST_F(UploadToEsphome, ADryRunNamesTheWay) {
  const std::string key = folder_.write("device.key", kKey);
  const Outcome outcome = upload(
      {"esphome://192.0.2.7", "--chip", "esp8266", "--encryption-key-file", key, "--dry-run"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("8266"), HasSubstr(R"("encrypted": true)")));
}

}  // namespace
}  // namespace otatool::test
