#include "http/rules/conditions.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "http/text/http_date.hpp"

namespace otatool::http {
namespace {

constexpr std::int64_t kModified = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

const std::string kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
const std::string kDayBefore = "Sat, 05 Nov 1994 08:49:37 GMT";

Selection selected(std::vector<HeaderField> fields, bool is_get = true) {
  return select(fields, is_get, {.etag = "\"abc\"", .modified = kModified, .size_bytes = 1000});
}

void expect_part(const Selection& selection, std::uint64_t first, std::uint64_t length) {
  EXPECT_EQ(selection.status, 206U);
  EXPECT_EQ(selection.first, first);
  EXPECT_EQ(selection.length, length);
}

TEST(HttpDate, IsFormattedAndParsedInAllForms) {
  EXPECT_EQ(format_date(kModified), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), kModified);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), kModified);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994"), kModified);
  EXPECT_EQ(parse_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  for (const char* text : {"",
                           "now",
                           "Sun, 31 Feb 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 06 Nov 1994 08:49 GMT"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Conditions, WithoutConditionsEverythingIsSent) {
  EXPECT_EQ(selected({}).status, 200U);
  EXPECT_EQ(selected({}).length, 1000U);
}

TEST(Conditions, AMatchingEntityTagGets304) {
  EXPECT_EQ(selected({{"If-None-Match", "\"abc\""}}).status, 304U);
  EXPECT_EQ(selected({{"If-None-Match", "W/\"abc\""}}).status, 304U);
  EXPECT_EQ(selected({{"If-None-Match", "\"x\" , W/\"y\", \"abc\""}}).status, 304U);
  EXPECT_EQ(selected({{"If-None-Match", "*"}}).status, 304U);
  EXPECT_EQ(selected({{"If-None-Match", "\"abcd\""}}).status, 200U);
  EXPECT_EQ(selected({{"If-None-Match", "abc"}}).status, 200U);
  EXPECT_EQ(selected({{"If-None-Match", "\"abc"}}).status, 200U);
}

TEST(Conditions, ATagOverridesADate) {
  EXPECT_EQ(selected({{"If-Modified-Since", kDate}}).status, 304U);
  EXPECT_EQ(selected({{"If-Modified-Since", kDayBefore}}).status, 200U);
  EXPECT_EQ(selected({{"If-Modified-Since", "yesterday"}}).status, 200U);
  const std::string date = format_date(kModified);
  EXPECT_EQ(selected({{"If-None-Match", "\"other\""}, {"If-Modified-Since", date}}).status, 200U);
}

TEST(Conditions, FailedPreconditionsGet412) {
  const std::string before = format_date(kModified - 1);
  EXPECT_EQ(selected({{"If-Match", "\"other\""}}).status, 412U);
  EXPECT_EQ(selected({{"If-Match", "W/\"abc\""}}).status, 412U);
  EXPECT_EQ(selected({{"If-Match", "\"abc\""}}).status, 200U);
  EXPECT_EQ(selected({{"If-Unmodified-Since", before}}).status, 412U);
  EXPECT_EQ(selected({{"If-Match", "*"}, {"If-Unmodified-Since", before}}).status, 200U);
}

TEST(Conditions, RangesAreCut) {
  expect_part(selected({{"Range", "bytes=0-0"}}), 0, 1);
  expect_part(selected({{"Range", "bytes=10-19"}}), 10, 10);
  expect_part(selected({{"Range", "Bytes=990-"}}), 990, 10);
  expect_part(selected({{"Range", "bytes=-7"}}), 993, 7);
  expect_part(selected({{"Range", "bytes=-5000"}}), 0, 1000);
  expect_part(selected({{"Range", "bytes=999-99999999999999999999999"}}), 999, 1);
}

TEST(Conditions, RangesBeyondTheEndGet416) {
  EXPECT_EQ(selected({{"Range", "bytes=1000-"}}).status, 416U);
  EXPECT_EQ(selected({{"Range", "bytes=99999999999999999999999-"}}).status, 416U);
  EXPECT_EQ(selected({{"Range", "bytes=-0"}}).status, 416U);
}

TEST(Conditions, OtherRangeFieldsGetEverything) {
  for (const char* range : {"bytes=",
                            "bytes=-",
                            "bytes=5-3",
                            "bytes=0-1,5-6",
                            "lines=1-2",
                            "bytes",
                            "bytes=a-b",
                            "bytes=1 - 2",
                            "bytes=--5",
                            "bytes=0x1-2"}) {
    const Selection selection = selected({{"Range", range}});
    EXPECT_EQ(selection.status, 200U) << range;
    EXPECT_EQ(selection.length, 1000U) << range;
  }
  EXPECT_EQ(selected({{"Range", "bytes=0-0"}}, false).status, 200U);
}

TEST(Conditions, IfRangePreventsMixedFiles) {
  const std::string date = format_date(kModified);
  const std::string later = format_date(kModified + 1);
  expect_part(selected({{"Range", "bytes=5-"}, {"If-Range", "\"abc\""}}), 5, 995);
  expect_part(selected({{"Range", "bytes=5-"}, {"If-Range", date}}), 5, 995);
  EXPECT_EQ(selected({{"Range", "bytes=5-"}, {"If-Range", "\"old\""}}).status, 200U);
  EXPECT_EQ(selected({{"Range", "bytes=5-"}, {"If-Range", "W/\"abc\""}}).status, 200U);
  EXPECT_EQ(selected({{"Range", "bytes=5-"}, {"If-Range", later}}).status, 200U);
  EXPECT_EQ(selected({{"Range", "bytes=5000-"}, {"If-Range", "\"old\""}}).status, 200U);
}

TEST(Conditions, AnEmptyFileHasNoRange) {
  const std::vector<HeaderField> fields = {{"Range", "bytes=0-"}};
  EXPECT_EQ(select(fields, true, {.etag = "\"e\"", .modified = 0, .size_bytes = 0}).status, 416U);
}

}  // namespace
}  // namespace otatool::http
