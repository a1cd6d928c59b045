#include "otatool/http/pull.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kMd5 = "0123456789abcdef0123456789ABCDEF";

PullDecision checked(unsigned status,
                     std::optional<std::uint64_t> length,
                     std::string_view md5 = {},
                     bool chunked = false) {
  std::vector<HeaderField> fields;
  if (!md5.empty()) {
    fields.push_back({"X-md5", md5});
  }
  return check_offer({status, fields, length, chunked}, 1000);
}

TEST(PullRequest, EqualsTheRequestOfTheDevicesLibrary) {
  DeviceRequest device;
  device.station_mac = "5C:CF:7F:01:02:03";
  device.sketch_md5 = kMd5;
  device.free_space = 1000;
  const Secret plain = pull_request(*parse_url("http://h:8070/fw?x", "/"), device);
  const std::string text(plain.reveal());
  EXPECT_THAT(text, StartsWith("GET /fw?x HTTP/1.0\r\nHost: h:8070\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nUser-Agent: ESP8266-http-Update\r\n"));
  EXPECT_THAT(text, HasSubstr("5C:CF:7F:01:02:03\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Authorization")));
  const Secret proven = pull_request(*parse_url("http://a:b@h/", "/"), device);
  EXPECT_THAT(std::string(proven.reveal()), HasSubstr("\r\nAuthorization: Basic YTpi\r\n\r\n"));
}

TEST(PullOffer, AnImageNeedsAKnownLengthThatFits) {
  const PullDecision good = checked(200, 1000, kMd5);
  EXPECT_EQ(good.step, PullStep::Update);
  EXPECT_EQ(good.size, 1000U);
  EXPECT_EQ(good.md5, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(checked(200, 1).md5, std::nullopt);
  EXPECT_EQ(checked(200, 1001).error->code(), Errc::DoesNotFit);
  for (const auto& without :
       {checked(200, std::nullopt), checked(200, 0), checked(200, 5, {}, true)}) {
    EXPECT_EQ(without.step, PullStep::Failed);
    EXPECT_EQ(without.error->message(), "Server Did Not Report Size");
  }
}

TEST(PullOffer, HasTheVersionSentByTheServer) {
  const std::vector<HeaderField> fields = {{"X-Version", "1.2.3"}};
  EXPECT_EQ(check_offer({200, fields, 10, false}, 1000).version, "1.2.3");
  EXPECT_EQ(checked(200, 10).version, "");
}

TEST(PullOffer, AnInvalidMd5IsRefused) {
  for (const std::string_view md5 :
       {"abc", "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef00"}) {
    EXPECT_THAT(checked(200, 10, md5).error->message(), StartsWith("Wrong MD5"));
  }
}

TEST(PullOffer, OtherStatuses) {
  EXPECT_EQ(checked(304, std::nullopt).step, PullStep::UpToDate);
  EXPECT_EQ(checked(401, 0).error->code(), Errc::PasswordRefused);
  EXPECT_EQ(checked(403, 0).error->code(), Errc::DeviceRefused);
  EXPECT_EQ(checked(404, 0).error->code(), Errc::NotFound);
  EXPECT_THAT(checked(302, 0).error->message(), HasSubstr("Wrong HTTP Code (302)"));
  EXPECT_THAT(checked(206, 10).error->message(), HasSubstr("Wrong HTTP Code"));
}

}  // namespace
}  // namespace otatool::http
