#include "cli/serve/serve_reporter.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace otatool::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

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
