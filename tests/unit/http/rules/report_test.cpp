#include "http/rules/report.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/operations.hpp"

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Report : public ::testing::Test {
 protected:
  [[nodiscard]] Response get(std::string_view path, std::string_view query = "") const {
    return report(path, query, operations_, feeds_);
  }
  static std::string field(const Response& response, std::string_view name) {
    for (const OwnedField& each : response.fields) {
      if (same_name(each.name, name)) {
        return each.value;
      }
    }
    return {};
  }

  Operations operations_{1000};
  std::shared_ptr<const bool> feeds_ = std::make_shared<const bool>(true);
};

TEST_F(Report, PagesAllowNothingInline) {
  RequestRecord record;
  record.account.device.emplace();
  record.account.verdict = Verdict::UpToDate;
  record.account.device->station_mac = "5C:CF:7F:01:02:03";
  operations_.on_request(record);
  for (const Response& page : {get("status"), get("status/device", "mac=5c:cf:7f:01:02:03")}) {
    EXPECT_EQ(page.status, 200U);
    EXPECT_THAT(field(page, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(field(page, "Content-Security-Policy"), Not(HasSubstr("unsafe")));
    EXPECT_EQ(field(page, "X-Content-Type-Options"), "nosniff");
    EXPECT_NE(page.pieces, nullptr);
  }
}

TEST_F(Report, FilesHaveTheirTypes) {
  EXPECT_EQ(field(get("status.css"), "Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(field(get("status.js"), "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(field(get("status.csv"), "Content-Disposition"),
            "attachment; filename=\"devices.csv\"");
  EXPECT_THAT(field(get("metrics"), "Content-Type"), HasSubstr("version=0.0.4"));
}

TEST_F(Report, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(get("status/device", "mac=5C:CF:7F:01:02:03").status, 404U);
  EXPECT_EQ(get("status/device", "mac=x").status, 404U);
  EXPECT_EQ(get("status/device").status, 404U);
  EXPECT_EQ(get("status/x").status, 404U);
  for (const char* path : {"status", "status.json", "status.csv", "status/events"}) {
    EXPECT_EQ(get(path, "state=good").status, 400U) << path;
  }
  EXPECT_EQ(get("status.json", "limit=x").status, 400U);
  EXPECT_EQ(get("status.csv", "after=x").status, 400U);
}

TEST_F(Report, HasALimitOfFeeds) {
  std::vector<Response> open;
  for (long count = 0; count < kMostFeeds; ++count) {
    open.push_back(get("status/events"));
    ASSERT_NE(open.back().feed, nullptr);
  }
  const Response refused = get("status/events");
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.feed, nullptr);
  open.pop_back();
  EXPECT_EQ(get("status/events").status, 200U);
  EXPECT_EQ(get("status").status, 200U);
}

TEST_F(Report, EventsHaveNoLength) {
  const Response response = get("status/events");
  const std::string head = response_head(response, true, false, 0);
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
}

}  // namespace
}  // namespace otatool::http
