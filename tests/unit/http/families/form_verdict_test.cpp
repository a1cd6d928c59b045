#include "otatool/http/form_verdict.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::HasSubstr;

std::optional<Error> verdict(unsigned status, std::string_view body, bool with_password = false) {
  return check_response(
      {.status = status, .body = body, .with_password = with_password, .image_size = 1000});
}

TEST(FormVerdict, RecognisesSuccessOfStockServers) {
  EXPECT_EQ(
      verdict(200,
              "<META http-equiv=\"refresh\" content=\"15;URL=/\">Update Success! Rebooting..."),
      std::nullopt);
  EXPECT_EQ(verdict(200, "OK"), std::nullopt);
  EXPECT_EQ(verdict(200, "OK\r\n"), std::nullopt);
}

TEST(FormVerdict, Status200WithAnErrorTextIsAnError) {
  const auto esp8266 = verdict(200, "Update error: ERROR[4]: Not Enough Space\r\n");
  ASSERT_TRUE(esp8266);
  EXPECT_EQ(esp8266->code(), Errc::DeviceReported);
  EXPECT_EQ(esp8266->message(), "the device reported: ERROR[4]: Not Enough Space");
  const auto esp32 = verdict(200, "Update error: Wrong Magic Byte<br>back");
  ASSERT_TRUE(esp32);
  EXPECT_EQ(esp32->message(), "the device reported: Wrong Magic Byte");
  EXPECT_EQ(verdict(200, "Update error: ")->code(), Errc::DeviceReported);
  EXPECT_EQ(verdict(200, "FAIL")->code(), Errc::DeviceReported);
}

TEST(FormVerdict, AMissingVerdictIsNoSuccess) {
  for (const char* body :
       {"", "OKAY", "<html>BOOKS</html>", "if (x) 'Update Success' else 'Update error: ...'"}) {
    const auto error = verdict(200, body);
    ASSERT_TRUE(error) << body;
    EXPECT_EQ(error->code(), Errc::VerdictLost) << body;
  }
  EXPECT_EQ(verdict(204, "")->code(), Errc::VerdictLost);
}

TEST(FormVerdict, OtherStatuses) {
  EXPECT_EQ(verdict(401, "")->code(), Errc::PasswordNeeded);
  EXPECT_EQ(verdict(401, "", true)->code(), Errc::PasswordRefused);
  EXPECT_EQ(verdict(404, "Not found: /update")->code(), Errc::NotFound);
  EXPECT_EQ(verdict(302, "")->code(), Errc::DeviceRefused);
  const auto failed = verdict(500, "Update error: ERROR[1]: Flash Write Failed");
  EXPECT_EQ(failed->code(), Errc::DeviceReported);
  EXPECT_THAT(failed->message(), HasSubstr("Flash Write Failed"));
  EXPECT_EQ(verdict(503, "busy\nmore")->message(), "the device replied with status 503: busy");
  EXPECT_EQ(verdict(500, "Update Success")->code(), Errc::DeviceRefused);
}

struct Confirmation {
  const char* name;
  unsigned status;
  const char* body;
};

class FamilySuccess : public ::testing::TestWithParam<Confirmation> {};

TEST_P(FamilySuccess, IsRecognised) {
  EXPECT_EQ(verdict(GetParam().status, GetParam().body), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(
    Families,
    FamilySuccess,
    ::testing::Values(
        Confirmation{"Wled", 200, "<h2>Update successful!</h2>Rebooting..."},
        Confirmation{"Esphome", 200, "Update Successful!"},
        Confirmation{"Tasmota",
                     200,
                     "<script>setTimeout(function(){location.href='.';},24000);</script>"
                     "<div><b>Upload <font color='#008000'>Successful</font></b><br>"},
        Confirmation{
            "TasmotaGerman",
            200,
            "<script>setTimeout(function(){location.href='.';},10000);</script><b>Hochladen "
            "<font color='#008000'>erfolgreich</font></b><br><br>Restart"},
        Confirmation{"ElegantOta", 200, "OK"},
        Confirmation{"EspurnaBasic", 200, "<html><code>Rebooting...</code></html>"},
        Confirmation{"Bitaxe", 200, "Firmware update complete, rebooting now!\n"},
        Confirmation{"BitaxeWww", 200, "WWW update complete, rebooting now!"},
        Confirmation{"OpenBeken", 200, "{\"size\":1000}"},
        Confirmation{"Esp3d", 200, "{\"status\":\"ok\"}"}),
    [](const auto& test) { return std::string(test.param.name); });

struct Failure {
  const char* name;
  unsigned status;
  const char* body;
  const char* message;
};

class FamilyFailure : public ::testing::TestWithParam<Failure> {};

TEST_P(FamilyFailure, HasItsReason) {
  const auto error = verdict(GetParam().status, GetParam().body);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message(), std::string("the device ") + GetParam().message);
  EXPECT_TRUE(error->code() == Errc::DeviceReported || error->code() == Errc::DeviceRefused);
}

INSTANTIATE_TEST_SUITE_P(
    Families,
    FamilyFailure,
    ::testing::Values(
        Failure{"Wled",
                500,
                "<html><head><title>WLED</title></head><h2>Update failed!</h2>Firmware release "
                "name mismatch: current='A', uploaded='B'.<br>",
                "reported: Firmware release name mismatch: current='A', uploaded='B'."},
        Failure{"WledLocked",
                200,
                "<h2>Access Denied</h2>Please unlock OTA in security settings!",
                "denied access: 'Please unlock OTA in security settings!'; the password is not the "
                "cause"},
        Failure{"Esphome", 200, "Update Failed!", "reported an error without a reason"},
        Failure{"EsphomeOld",
                200,
                "Update Failed: ERROR[4]: Not Enough Space",
                "reported: ERROR[4]: Not Enough Space"},
        Failure{
            "Espurna", 200, "ERROR[4]: Not Enough Space\n", "reported: ERROR[4]: Not Enough Space"},
        Failure{"EspurnaBusy",
                400,
                "ERROR: Upgrade in progress",
                "reported: ERROR: Upgrade in progress"},
        Failure{"Tasmota",
                200,
                "<div><b>Upload <font color='#D43535'>Failed</font></b><br><br>Not enough space"
                "</div>",
                "reported: Not enough space"},
        Failure{"ElegantOta",
                400,
                "MD5 parameter invalid",
                "replied with status 400: MD5 parameter invalid"},
        Failure{"OpenBeken", 200, "{\"size\":999}", "reported: {\"size\":999}"},
        Failure{"Esp3d", 200, "{\"status\":\"error\"}", "reported: {\"status\":\"error\"}"},
        Failure{"Bitaxe",
                500,
                "<html><body><h1>Error</h1><p>Validation &amp; Activation</p></body></html>",
                "replied with status 500: Error; Validation & Activation"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(FormVerdict, A401WithoutAChallengeIsNoMatterOfThePassword) {
  const FormResponse denied{
      .status = 401, .body = "<h2>Access Denied</h2>Please unlock OTA!", .challenged = false};
  EXPECT_EQ(check_response(denied)->code(), Errc::DeviceRefused);
  EXPECT_EQ(check_response(denied)->message(),
            "the device denied access: 'Please unlock OTA!'; the password is not the cause");
  const FormResponse bare{.status = 401, .body = "Unauthorized", .challenged = false};
  EXPECT_EQ(check_response(bare)->message(), "the device replied with status 401: Unauthorized");
}

std::optional<Error> verdict_of(Family family, unsigned status, std::string_view body) {
  return check_response({.status = status, .body = body, .image_size = 1000, .family = family});
}

TEST(FormVerdict, OnlyTheWordsOfAKnownFamilyCount) {
  EXPECT_EQ(verdict_of(Family::EspEasy, 200, "OK")->code(), Errc::VerdictLost);
  EXPECT_EQ(verdict_of(Family::Tasmota, 200, "Update Success")->code(), Errc::VerdictLost);
  EXPECT_EQ(verdict_of(Family::OpenDtu, 200, "OK"), std::nullopt);
  EXPECT_EQ(verdict_of(Family::OpenDtu, 200, R"({"status":"ok"})")->code(), Errc::VerdictLost);
  EXPECT_EQ(verdict_of(Family::Wled, 200, "<h2>Update successful!</h2>"), std::nullopt);
  EXPECT_EQ(verdict_of(Family::Espurna, 200, "OK"), std::nullopt);
  EXPECT_EQ(verdict_of(Family::Espurna, 200, "ERROR[4]: Not Enough Space")->code(),
            Errc::DeviceReported);
  EXPECT_EQ(verdict_of(Family::OpenBeken, 200, R"({"size":1000})"), std::nullopt);
  EXPECT_EQ(verdict_of(Family::Esp3d, 200, R"({"status":"canceled"})")->code(),
            Errc::DeviceReported);
}

TEST(FormVerdict, APlainBodyOfAFailureIsTheReason) {
  EXPECT_EQ(verdict_of(Family::ElegantOta3, 400, "MD5 parameter invalid")->message(),
            "the device reported: MD5 parameter invalid");
  EXPECT_EQ(verdict_of(Family::AsyncElegantOta, 400, "OTA could not begin")->code(),
            Errc::DeviceReported);
}

TEST(FormVerdict, TheMeaningOfAStatusDependsOnTheFamily) {
  const FormResponse bare{
      .status = 401, .body = "Unauthorized", .challenged = false, .family = Family::Bitaxe};
  EXPECT_EQ(check_response(bare)->code(), Errc::DeviceRefused);
  EXPECT_THAT(check_response(bare)->message(), HasSubstr("the password is not the cause"));
  const FormResponse esp3d{.status = 401,
                           .body = "Wrong authentication!",
                           .with_password = true,
                           .challenged = false,
                           .family = Family::Esp3d};
  EXPECT_EQ(check_response(esp3d)->code(), Errc::PasswordRefused);
  EXPECT_THAT(verdict_of(Family::Tasmota, 401, "")->message(), HasSubstr("becomes active"));
  EXPECT_THAT(verdict_of(Family::Wled, 503, "")->message(), HasSubstr("another update"));
}

TEST(FormVerdict, ALongTextIsCut) {
  const auto error = verdict(200, "Update error: " + std::string(10'000, 'x'));
  EXPECT_LT(error->message().size(), 300U);
}

TEST(FormVerdict, JsonThatNestsTooDeeplyIsNoVerdict) {
  const auto nested = [](std::size_t levels) {
    return "{\"size\":1000,\"x\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_FALSE(verdict(200, nested(20)));
  EXPECT_TRUE(verdict(200, nested(200'000)));
}

}  // namespace
}  // namespace otatool::http
