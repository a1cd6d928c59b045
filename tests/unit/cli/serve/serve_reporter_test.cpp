#include "cli/serve/serve_reporter.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace otatool::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

http::RequestRecord served(const std::string& path, const std::string& version) {
  http::RequestRecord record;
  record.client = "192.0.2.7";
  record.method = "GET";
  record.status = 200;
  record.complete = true;
  record.account.path = path;
  record.account.device.emplace();
  record.account.device->station_mac = "5C:CF:7F:01:02:03";
  record.account.device->version = version;
  record.account.offered = "2.0";
  return record;
}

std::string access_text(const http::RequestRecord& record) {
  AccessLines lines;
  return std::string(lines.line(record, LogFormat::Text));
}

std::string combined(const http::RequestRecord& record) {
  AccessLines lines;
  return std::string(lines.line(record, LogFormat::Combined));
}

TEST(AccessText, PlainValuesStandAsTheyAre) {
  EXPECT_THAT(
      access_text(served("/update", "1.0-rc.1")),
      EndsWith("5C:CF:7F:01:02:03 GET /update 200 0 bytes 0.000 s complete, had 1.0-rc.1, offered "
               "2.0"));
}

TEST(AccessText, ValuesThatCouldPassForOtherFieldsAreQuoted) {
  const std::string line =
      access_text(served("/a 200 9 bytes 0.1 s complete", "1.0, offered 9.9 (runs this image)"));
  EXPECT_THAT(line, HasSubstr(R"(GET "/a 200 9 bytes 0.1 s complete" 200 0 bytes)"));
  EXPECT_THAT(line, EndsWith(R"-(, had "1.0, offered 9.9 (runs this image)", offered 2.0)-"));
  EXPECT_THAT(access_text(served(R"(/a"b)", R"(1\0)")), HasSubstr(R"(GET "/a\"b" 200)"));
  EXPECT_THAT(access_text(served("/a", R"(1\0)")), HasSubstr(R"(had "1\\0",)"));
  EXPECT_THAT(access_text(served("/a", "1\t0\xC2\xA0")), HasSubstr("had \"1\\x090\xC2\xA0\","));
}

TEST(AccessText, TimesAndSecondsHaveTheSameForm) {
  AccessLines lines;
  http::RequestRecord record = served("/a", "1");
  record.time = 1'700'000'000;
  const std::pair<double, const char*> cases[] = {{0.0, " 0.000 s "},
                                                  {0.0004, " 0.000 s "},
                                                  {0.0126, " 0.013 s "},
                                                  {0.25, " 0.250 s "},
                                                  {59.9996, " 60.000 s "},
                                                  {3601.5, " 3601.500 s "}};
  for (const auto& [seconds, text] : cases) {
    record.seconds = seconds;
    EXPECT_THAT(std::string(lines.line(record, LogFormat::Text)), HasSubstr(text));
  }
  EXPECT_THAT(std::string(lines.line(record, LogFormat::Text)),
              StartsWith("2023-11-14T22:13:20Z 192.0.2.7 "));
  record.time += 1;
  EXPECT_THAT(std::string(lines.line(record, LogFormat::Text)),
              StartsWith("2023-11-14T22:13:21Z "));
  EXPECT_THAT(std::string(lines.line(record, LogFormat::Combined)), HasSubstr("/2023:"))
      << "each format has its own date";
}

TEST(CombinedLog, HasTheFieldsOfOtherServers) {
  http::RequestRecord record = served("/a", "1");
  record.bytes = 123;
  EXPECT_THAT(combined(record), StartsWith("192.0.2.7 - - ["));
  EXPECT_THAT(combined(record), EndsWith(R"(] "-" 200 123 "-" "-")"));
  record.texts = {
      .line = "GET /a?b HTTP/1.0", .user = "alice", .referrer = "", .agent = "ESP8266-http-Update"};
  EXPECT_THAT(combined(record), StartsWith("192.0.2.7 - alice ["));
  EXPECT_THAT(combined(record),
              EndsWith(R"(] "GET /a?b HTTP/1.0" 200 123 "" "ESP8266-http-Update")"));
}

TEST(CombinedLog, NoTextOfAClientLeavesItsField) {
  http::RequestRecord record = served("/a", "1");
  record.texts.agent = std::string("a\"b\\c\n\x7F\xC3\xA9 \0~", 12);
  EXPECT_THAT(combined(record), EndsWith(R"("a\x22b\x5Cc\x0A\x7F\xC3\xA9 \x00~")"));
}

TEST(AccessLogTest, ALineThatWasLostIsReported) {
  auto full = AccessLog::open("/dev/full");
  ASSERT_TRUE(full);
  const auto lost = full->write("line");
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message(), HasSubstr("'/dev/full': No space left"));

  const test::TemporaryFolder folder;
  auto log = AccessLog::open((folder / "log").string());
  ASSERT_TRUE(log);
  EXPECT_TRUE(log->write("one"));
  EXPECT_TRUE(log->write("two"));
  EXPECT_EQ(folder.read("log"), "one\ntwo\n");
}

}  // namespace
}  // namespace otatool::cli
