#include "otatool/http/form_verdict.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::HasSubstr;

std::optional<Error> judge(unsigned status, std::string_view body, bool with_password = false) {
  return check_response({status, body, with_password});
}

TEST(FormVerdict, RecognisesSuccessOfStockServers) {
  EXPECT_EQ(
      judge(200, "<META http-equiv=\"refresh\" content=\"15;URL=/\">Update Success! Rebooting..."),
      std::nullopt);
  EXPECT_EQ(judge(200, "OK"), std::nullopt);
  EXPECT_EQ(judge(200, "OK\r\n"), std::nullopt);
}

TEST(FormVerdict, Status200WithAnErrorTextIsAnError) {
  const auto esp8266 = judge(200, "Update error: ERROR[4]: Not Enough Space\r\n");
  ASSERT_TRUE(esp8266);
  EXPECT_EQ(esp8266->code(), Errc::DeviceReported);
  EXPECT_EQ(esp8266->message(), "the device reported: ERROR[4]: Not Enough Space");
  const auto esp32 = judge(200, "Update error: Wrong Magic Byte<br>back");
  ASSERT_TRUE(esp32);
  EXPECT_EQ(esp32->message(), "the device reported: Wrong Magic Byte");
  EXPECT_EQ(judge(200, "Update error: ")->code(), Errc::DeviceReported);
  EXPECT_EQ(judge(200, "FAIL")->code(), Errc::DeviceReported);
}

TEST(FormVerdict, AMissingVerdictIsNoSuccess) {
  for (const char* body : {"",
                           "OKAY",
                           "<html>BOOKS</html>",
                           "update success",
                           "if (x) 'Update Success' else 'Update error: ...'"}) {
    const auto error = judge(200, body);
    ASSERT_TRUE(error) << body;
    EXPECT_EQ(error->code(), Errc::VerdictLost) << body;
  }
  EXPECT_EQ(judge(204, "")->code(), Errc::VerdictLost);
}

TEST(FormVerdict, OtherStatuses) {
  EXPECT_EQ(judge(401, "")->code(), Errc::PasswordNeeded);
  EXPECT_EQ(judge(401, "", true)->code(), Errc::PasswordRefused);
  EXPECT_EQ(judge(404, "Not found: /update")->code(), Errc::NotFound);
  EXPECT_EQ(judge(302, "")->code(), Errc::DeviceRefused);
  const auto failed = judge(500, "Update error: ERROR[1]: Flash Write Failed");
  EXPECT_EQ(failed->code(), Errc::DeviceReported);
  EXPECT_THAT(failed->message(), HasSubstr("Flash Write Failed"));
  EXPECT_EQ(judge(503, "busy\nmore")->message(), "the device replied with status 503: busy");
  EXPECT_EQ(judge(500, "Update Success")->code(), Errc::DeviceRefused);
}

TEST(FormVerdict, ALongTextIsCut) {
  const auto error = judge(200, "Update error: " + std::string(10'000, 'x'));
  EXPECT_LT(error->message().size(), 300U);
}

}  // namespace
}  // namespace otatool::http
