// `otatool push` to devices of every family: recognition, what the device stores, the verdict, and
// a failure at each step.
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/family_fixture.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/json_events.hpp"
#include "tests/unit/http/families/wled_image.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A family, the image that suits its device, and how the device is named on the command line.
struct FamilyCase {
  std::string family;
  bool esp32 = false;
  Words options = {};       ///< of push, where a device is not recognised
  std::string kind = {};    ///< in JSON, if it is not `family`
  std::string reason = {};  ///< a part of the error if the device refuses; empty: `No space`
  Words paths = {};         ///< of the steps
  bool asks_password = true;
};

std::ostream& operator<<(std::ostream& out, const FamilyCase& each) {
  return out << each.family;
}

const FamilyCase kFamilyCases[] = {
    {.family = "tasmota", .paths = {"/up", "/u2"}},
    {.family = "wled", .paths = {"/update"}, .asks_password = false},
    {.family = "esphome-web", .reason = "without a reason", .paths = {"/update"}},
    {.family = "elegantota", .paths = {"/update", "/ota/start", "/ota/upload"}},
    {.family = "elegantota2", .reason = "FAIL", .paths = {"/update"}},
    {.family = "async-elegantota", .kind = "elegantota2", .paths = {"/update"}},
    {.family = "opendtu", .esp32 = true, .paths = {"/api/system/status", "/api/firmware/update"}},
    {.family = "stock", .paths = {"/update"}},
    {.family = "espeasy", .paths = {"/update"}, .asks_password = false},
    {.family = "espurna", .reason = "replied", .paths = {"/upgrade"}},
    {.family = "esp3d", .options = {"--via", "esp3d"}, .reason = "error", .paths = {"/updatefw"}},
    {.family = "otawebupdater",
     .esp32 = true,
     .options = {"--via", "otawebupdater"},
     .reason = "FAIL",
     .paths = {"/", "/update"},
     .asks_password = false},
    {.family = "openbeken",
     .options = {"--via", "openbeken"},
     .reason = "without an answer",
     .paths = {"/api/info", "/api/ota"}},
    {.family = "bitaxe", .esp32 = true, .paths = {"/api/system/OTA"}, .asks_password = false},
};

/// Larger than what the device's kernel takes before the device reads.
support::Blob large_esp32_image() {
  support::Esp32Spec spec;
  spec.segments = {{0x3F400020, support::noise(200, 8)},
                   {0x40080000, support::noise(123, 9)},
                   {0x400D0020, support::noise(50'000, 10)}};
  return support::esp32_image(spec);
}

class EveryFamily : public PushFamily, public ::testing::WithParamInterface<FamilyCase> {
 protected:
  void use_image_of(const FamilyCase& each) {
    if (each.family == "openbeken") {
      use("OpenBK7231T_1.18.rbl", support::noise(30'000, 1));
    } else if (each.family == "wled") {
      use("firmware.bin", support::wled_sketch({}));
    } else if (each.esp32) {
      use("firmware.bin", large_esp32_image());
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Families,
                         EveryFamily,
                         ::testing::ValuesIn(kFamilyCases),
                         [](const auto& test) {
                           std::string name = test.param.family;
                           std::erase(name, '-');
                           return name;
                         });

TEST_P(EveryFamily, IsRecognisedAndStoresTheImage) {
  use_image_of(GetParam());
  FamilyDevice device(GetParam().family);
  Words options = GetParam().options;
  options.emplace_back("--json");
  const Outcome outcome = push_to(device, options);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  const std::string kind = GetParam().kind.empty() ? GetParam().family : GetParam().kind;
  EXPECT_THAT(outcome.output, HasSubstr("\"kind\":\"" + kind + "\""));
  const std::string told = device.end();
  EXPECT_THAT(told, AllOf(HasSubstr(stored()), Not(HasSubstr("forbidden"))));
  EXPECT_EQ(told.find("restart") != std::string::npos, GetParam().family == "openbeken");
}

TEST_P(EveryFamily, ReportsTheReasonOfARefusal) {
  use_image_of(GetParam());
  FamilyDevice device(GetParam().family, {"refuse=No space"});
  const Outcome outcome = push_to(device, GetParam().options);
  EXPECT_TRUE(outcome.exit_code == 6 || GetParam().reason == "replied") << outcome.error;
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.error, HasSubstr(GetParam().reason.empty() ? "No space" : GetParam().reason));
  EXPECT_THAT(device.end(), Not(HasSubstr("image")));
}

TEST_P(EveryFamily, FailsIfAStepFails) {
  use_image_of(GetParam());
  for (const std::string& path : GetParam().paths) {
    FamilyDevice device(GetParam().family, {"drop=" + path});
    const Outcome outcome = push_to(device, GetParam().options);
    // 3: a device that is not recognised may have no form.
    EXPECT_THAT(outcome.exit_code, ::testing::AnyOf(3, 5, 6, 9)) << path << outcome.error;
    EXPECT_THAT(device.end(), Not(HasSubstr("image"))) << path;
  }
}

TEST_P(EveryFamily, FailsIfTheTransferBreaks) {
  use_image_of(GetParam());
  FamilyDevice device(GetParam().family, {"cut=2000"});
  EXPECT_EQ(push_to(device, GetParam().options).exit_code, 5);
  EXPECT_THAT(device.end(), Not(HasSubstr("image")));
}

TEST_P(EveryFamily, AsksForThePassword) {
  if (!GetParam().asks_password) {
    GTEST_SKIP() << "no password in this family";
  }
  use_image_of(GetParam());
  FamilyDevice device(GetParam().family, {"password=secret"});
  EXPECT_EQ(push_to(device, GetParam().options).exit_code, 4);
  EXPECT_EQ(push_to(device, GetParam().options, "wrong").exit_code, 4);
  const Outcome outcome = push_to(device, GetParam().options, "secret");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(device.end(), HasSubstr(stored()));
}

TEST_F(PushFamily, ABrokenTransferIsRepeatedOnlyIfTheDeviceForgetsIt) {
  for (const std::string family : {"elegantota", "async-elegantota", "elegantota2"}) {
    FamilyDevice device(family, {"cut=2000"});
    const Outcome outcome = run(push_call({device.url()}));
    expect_failure(outcome, 5, "may keep this upload open", "restart the device");
    EXPECT_THAT(device.end(), Not(HasSubstr("image"))) << family;
  }
  for (const std::string family : {"tasmota", "stock", "espeasy"}) {
    FamilyDevice device(family, {"cut=2000"});
    const Outcome outcome = run(push_call({device.url()}));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(device.end(), HasSubstr(stored())) << family;
  }
}

TEST_F(PushFamily, TheConfigurationNamesTheFamilyOfEachDevice) {
  FamilyDevice plotter("esp3d");
  FamilyDevice lamp("tasmota");
  const auto section =
      [](const std::string& name, const FamilyDevice& device, const std::string& via) {
        const std::string port = device.url().substr(device.url().rfind(':') + 1);
        return "[device." + name + "]\nhost = \"127.0.0.1\"\nport = " + port + "\nvia = \"" + via +
               "\"\n";
      };
  folder_.write("otatool.toml",
                section("plotter", plotter, "esp3d") + section("lamp", lamp, "tasmota"));
  ProgramCall call{.program = OTATOOL_BINARY,
                   .arguments = {"upload", path_, "plotter", "lamp", "--json"},
                   .folder = folder_.path().string()};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr(R"("kind":"esp3d")"), HasSubstr(R"("kind":"tasmota")")));
  EXPECT_THAT(plotter.end(), HasSubstr(stored()));
  EXPECT_THAT(lamp.end(), HasSubstr(stored()));
}

TEST_F(PushFamily, AnImageForMoreFlashThanThatOfATasmotaIsNotSent) {
  FamilyDevice small("tasmota", {"flash=1024", "password=secret"});
  const Outcome outcome = push_to(small, {}, "secret");
  expect_failure(
      outcome, 7, "built for 4096 KiB of flash, the device has 1024 KiB", "build the image");
  EXPECT_EQ(push_to(small, {"--force", "space"}, "secret").exit_code, 6);
  EXPECT_THAT(small.end(), Not(HasSubstr("image")));
  FamilyDevice large("tasmota", {"flash=4096"});
  EXPECT_EQ(push_to(large, {}).exit_code, 0);
  EXPECT_THAT(large.end(), HasSubstr(stored()));
}

TEST_F(PushFamily, ATasmotaVerdictDoesNotDependOnTheLanguage) {
  FamilyDevice german("tasmota", {"language=de"});
  const Outcome outcome = push_to(german, {});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("the device runs Tasmota 15.2.0(tasmota) on ESP8266EX"));
  FamilyDevice full("tasmota", {"language=de", "refuse=Nicht genug Speicher"});
  expect_failure(push_to(full, {}), 6, "the device reported: Nicht genug Speicher", "");
}

TEST_F(PushFamily, ATasmotaWithASafebootSystemRestartsIntoIt) {
  use("firmware.bin", support::esp32_image());
  FamilyDevice device("tasmota", {"chip=ESP32-D0WD-V3", "needs-safeboot"});
  const Outcome outcome = push_to(device, {});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(device.end(), HasSubstr("safeboot\n" + stored()));
  FamilyDevice full("tasmota", {"chip=ESP32-D0WD-V3", "needs-safeboot", "refuse=Not enough space"});
  EXPECT_EQ(push_to(full, {}).exit_code, 6);
  EXPECT_THAT(full.end(), HasSubstr("way-back"));
}

TEST_F(PushFamily, ATasmotaThatChecksTheRefererIsSatisfied) {
  FamilyDevice device("tasmota", {"referer"});
  const Outcome outcome = push_to(device, {});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
}

TEST_F(PushFamily, LocksAreNoMatterOfThePassword) {
  FamilyDevice user_mode("tasmota", {"lock"});
  expect_failure(push_to(user_mode, {}), 6, "shows no upload page", "WebServer 2");
  use("firmware.bin", support::with_wled_block(support::Blob(4'000, 1), 256, {}));
  for (const auto& [lock, hint] : {std::pair{"Please unlock settings using PIN code!", "the PIN"},
                                   {"Please unlock OTA in security settings!", "OTA lock"},
                                   {"Client is not on local subnet.", "subnet"}}) {
    FamilyDevice wled("wled", {std::string("lock=") + lock});
    expect_failure(
        push_to(wled, {"--force", "not-an-image"}), 6, "the password is not the cause", hint);
    EXPECT_THAT(wled.end(), Not(HasSubstr("image")));
  }
  use("firmware.bin", support::esp32_image());
  FamilyDevice bitaxe("bitaxe", {"lock"});
  expect_failure(push_to(bitaxe, {}), 6, "the password is not the cause", "private address");
}

TEST_F(PushFamily, AnotherReleaseOfWledIsRefusedBeforeItIsSent) {
  use("firmware.bin", support::wled_sketch({.release = "ESP02"}));
  FamilyDevice device("wled", {"release=ESP8266"});
  expect_failure(push_to(device, {}),
                 7,
                 "the image is the WLED release 'ESP02', the device runs 'ESP8266'",
                 "--force release-name");
  const Outcome forced = push_to(device, {"--force", "release-name"});
  EXPECT_EQ(forced.exit_code, 0) << forced.error;
  EXPECT_THAT(device.end(), HasSubstr(stored()));
}

TEST_F(PushFamily, ImagesThatTheDeviceCannotTakeAreNotSent) {
  FamilyDevice dtu("opendtu");
  expect_failure(push_to(dtu, {}), 7, "(wrong-chip)", "--force wrong-chip");
  EXPECT_THAT(dtu.end(), Not(HasSubstr("image")));
  FamilyDevice shelly("shelly");
  expect_failure(push_to(shelly, {}), 7, "takes no uploads", "");
}

TEST_F(PushFamily, AFilesystemGoesWhereTheFamilyWantsIt) {
  const support::Blob files = support::littlefs_image(4096, 16);
  use("files.bin", files);
  for (const std::string family :
       {"stock", "elegantota", "elegantota2", "async-elegantota", "bitaxe"}) {
    FamilyDevice device(family);
    const Outcome outcome = push_to(device, {"--fs"});
    EXPECT_EQ(outcome.exit_code, 0) << family << outcome.error;
    EXPECT_THAT(device.end(), HasSubstr(stored("filesystem"))) << family;
  }
  FamilyDevice tasmota("tasmota");
  expect_failure(push_to(tasmota, {"--fs"}), 7, "takes no filesystem images", "--fs");
}

TEST_F(PushFamily, APathLimitsTheLookUpsAndKeepsTheRules) {
  FamilyDevice device("tasmota", {"language=de"});
  Words options = {device.url() + "/u2", "--retries", "0", "-vv"};
  const Outcome outcome = run(push_call(options));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("GET /up "), Not(HasSubstr("GET /json"))));
  EXPECT_THAT(device.end(), HasSubstr(stored()));
}

TEST_F(PushFamily, TheUserDescribesAnUnknownForm) {
  FamilyDevice device("async-elegantota");
  const Outcome without = push_to(device, {"--via", "form"});
  EXPECT_EQ(without.exit_code, 6) << without.error;
  EXPECT_THAT(without.error, HasSubstr("MD5 parameter missing"));
  const Outcome with = push_to(
      device, {"--via", "form", "--field", "image", "--extra", "MD5=" + testing::md5_text(image_)});
  EXPECT_EQ(with.exit_code, 0) << with.error;
}

TEST_F(PushFamily, InvalidDescriptionsOfAForm) {
  const auto expect_usage = [&](Words options, const std::string& what) {
    options.insert(options.begin(), "http://192.0.2.7/");
    const Outcome outcome = run(push_call(options));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.error;
    EXPECT_THAT(outcome.error, HasSubstr(what));
  };
  expect_usage({"--via", "tasmoto"}, "tasmota");
  expect_usage({"--via", "espota"}, "'espota' is a way of 'otatool upload', no form");
  expect_usage({"--field", ""}, "not a name of a field");
  expect_usage({"--extra", "token"}, "not NAME=VALUE");
  expect_usage({"--extra", "=7"}, "not a name of a field");
}

}  // namespace
}  // namespace otatool::test
