// The way of an upload to a device that announces none: `upload` asks the device at the usual
// ports. `discover --probe` shows the same. In a separate network namespace.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/family_program.hpp"
#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class UploadChoice : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
  }
  /// A device without an announcement.
  [[nodiscard]] ProgramCall device_call(std::vector<std::string> options) {
    options.insert(options.begin(), {"device", "--no-announce", "--json"});
    return folder_.call(options);
  }
  Outcome upload(const std::string& password = {}) {
    ProgramCall call = folder_.call({"upload", "app.bin", "127.0.0.1", "--json"});
    if (!password.empty()) {
      call.environment["OTATOOL_PASSWORD"] = password;
    }
    return run(call);
  }

  SigningFolder folder_;
};

TEST_F(UploadChoice, AFirmwareWithAWebServerIsRecognised) {
  FamilyDevice tasmota("tasmota", {"port=80"});
  const Outcome outcome = upload();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr(R"("kind":"tasmota")"), HasSubstr(R"("via":"form")")));
  EXPECT_THAT(tasmota.end(), AllOf(HasSubstr("image firmware"), Not(HasSubstr("forbidden"))));
}

TEST_F(UploadChoice, AnEsphomeDeviceIsRecognised) {
  Process esphome(device_call({"--port", "0", "--esphome", "8266"}));
  next_event(esphome, "listening");
  const Outcome outcome = upload();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr(R"("via":"esphome")"));
}

TEST_F(UploadChoice, EveryOtherDeviceGetsAnInvitation) {
  Process plain(device_call({"--port", "8266"}));
  next_event(plain, "listening");
  const Outcome outcome = upload();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr(R"("via":"espota")"));
}

TEST_F(UploadChoice, APageOfASketchDoesNotWinOverEspota) {
  FamilyDevice page("stock", {"port=80"});
  Process plain(device_call({"--port", "8266"}));
  next_event(plain, "listening");
  const Outcome outcome = upload();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr(R"("via":"espota")"));
  EXPECT_EQ(page.end().find("image"), std::string::npos);
}

TEST_F(UploadChoice, ALookUpNeverSendsThePassword) {
  FamilyDevice stranger("tasmota", {"port=80", "password=secret", "logins"});
  const Outcome outcome = upload("secret");
  EXPECT_EQ(outcome.exit_code, 4) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("wants the password in plain text"));
  EXPECT_THAT(stranger.end(), AllOf(Not(HasSubstr("login")), Not(HasSubstr("image"))));
}

TEST_F(UploadChoice, DiscoverAsksWebServersToo) {
  FamilyDevice tasmota("tasmota", {"port=80"});
  const Outcome silent = folder_.otatool({"discover", "127.0.0.1", "--json"});
  EXPECT_EQ(silent.exit_code, 3) << silent.output;
  const Outcome outcome = folder_.otatool({"discover", "127.0.0.1", "--probe", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto found = nlohmann::json::parse(outcome.output).at("devices");
  ASSERT_EQ(found.size(), 1U) << outcome.output;
  EXPECT_EQ(found[0].at("kind"), "http");
  EXPECT_EQ(found[0].at("family"), "tasmota");
  EXPECT_EQ(found[0].at("version"), "15.2.0(tasmota)");
  EXPECT_EQ(found[0].at("via"), "form");
  const Outcome table = folder_.otatool({"discover", "127.0.0.1", "--probe"});
  EXPECT_THAT(table.output, testing::ContainsRegex("tasmota +15.2.0\\(tasmota\\) +form"));
  EXPECT_THAT(tasmota.end(), Not(HasSubstr("forbidden")));
}

}  // namespace
}  // namespace otatool::test
