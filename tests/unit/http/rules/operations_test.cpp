#include "otatool/http/operations.hpp"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/whole_text.hpp"

namespace otatool::http {
namespace {

/// A device that asks, and what the server knows about it.
class OperationsStates : public ::testing::Test {
 protected:
  void download(std::string_view sha256, bool complete = true) {
    RequestRecord record = request(200, Verdict::Send);
    record.account.image = true;
    record.account.decided.emplace().sha256 = sha256;
    operations_.on_download_started(record);
    during_ = state();
    record.complete = complete;
    record.bytes = complete ? 1000 : 10;
    operations_.on_request(record);
  }
  void ask(unsigned status, Verdict verdict, fleet::Runs runs = fleet::Runs::Unknown) {
    runs_ = runs;
    operations_.on_request(request(status, verdict));
  }
  [[nodiscard]] nlohmann::json device() const {
    return nlohmann::json::parse(test::status_json(operations_))["devices"][0];
  }
  [[nodiscard]] std::string state() const { return device()["state"]; }

  [[nodiscard]] RequestRecord request(unsigned status, Verdict verdict) const {
    RequestRecord record;
    record.status = status;
    record.account.device.emplace();
    record.account.device->station_mac = "5C:CF:7F:01:02:03";
    record.account.verdict = verdict;
    record.account.runs = runs_;
    return record;
  }

  Operations operations_{1000};
  fleet::Runs runs_ = fleet::Runs::Unknown;
  std::string during_;
};

TEST_F(OperationsStates, FollowTheRequests) {
  operations_.set_time(1005);
  download("a");
  EXPECT_EQ(during_, "offered");
  EXPECT_EQ(state(), "downloaded");
  EXPECT_EQ(device()["state_since"], 1005);
  EXPECT_EQ(device()["downloads"], 1);
  operations_.set_time(1010);
  ask(304, Verdict::UpToDate, fleet::Runs::Yes);
  EXPECT_EQ(state(), "confirmed");
  EXPECT_EQ(device()["result"], "confirmed");
  EXPECT_EQ(device()["state_since"], 1010);
  EXPECT_EQ(device()["seen"], 1010);
  EXPECT_EQ(device()["requests"], 2);
}

TEST_F(OperationsStates, CountDownloadsWithoutEffect) {
  runs_ = fleet::Runs::No;
  for (unsigned count = 0; count < 3; ++count) {
    download("a");
    EXPECT_EQ(device()["not_applied"], count);
  }
  ask(304, Verdict::Blocked, fleet::Runs::No);
  EXPECT_EQ(device()["not_applied"], 3);
  EXPECT_EQ(state(), "not-applied");
}

TEST_F(OperationsStates, AnIncompleteDownloadIsInterrupted) {
  download("a", false);
  EXPECT_EQ(state(), "interrupted");
  EXPECT_EQ(device()["reason"], "broke off after 10 bytes");
}

TEST_F(OperationsStates, OtherAnswers) {
  ask(304, Verdict::Waiting);
  EXPECT_EQ(state(), "waiting");
  ask(404, Verdict::NotForYou);
  EXPECT_EQ(state(), "refused");
  ask(200, Verdict::SendVersion);
  EXPECT_EQ(state(), "refused");
  ask(304, Verdict::UpToDate);
  EXPECT_EQ(state(), "current");
}

TEST_F(OperationsStates, WithoutADecisionNothingChanges) {
  runs_ = fleet::Runs::No;
  RequestRecord record = request(401, Verdict::Send);
  record.account.verdict.reset();
  operations_.on_request(record);
  EXPECT_TRUE(device().is_null());
  download("a");
  for (const unsigned status : {400U, 401U, 404U, 405U, 429U, 503U}) {
    record.status = status;
    operations_.on_request(record);
  }
  EXPECT_EQ(state(), "downloaded");
  EXPECT_EQ(device()["not_applied"], 0);
  EXPECT_EQ(device()["requests"], 1);
}

TEST_F(OperationsStates, AVersionQueryOfAnUnknownDeviceMakesNone) {
  ask(200, Verdict::SendVersion);
  EXPECT_TRUE(device().is_null());
}

TEST_F(OperationsStates, NamesComeFromTheCatalogue) {
  ask(304, Verdict::UpToDate);
  EXPECT_EQ(device()["name"], "");
  Catalogue catalogue;
  catalogue.names["5C:CF:7F:01:02:03"] = "kitchen";
  operations_.on_catalogue(catalogue);
  EXPECT_EQ(device()["name"], "kitchen");
}

std::string mac_of(unsigned number) {
  return to_string(fleet::Mac{number});
}

RequestRecord record_of(const std::string& mac) {
  RequestRecord record;
  record.status = 304;
  record.complete = true;
  record.account.device.emplace();
  record.account.device->station_mac = mac;
  record.account.verdict = Verdict::UpToDate;
  return record;
}

TEST(OperationsLimit, DevicesAboveItAreServedAndCounted) {
  Operations operations(0, 2);
  for (unsigned number = 0; number < 5; ++number) {
    operations.on_request(record_of(mac_of(number)));
  }
  const auto status = nlohmann::json::parse(test::status_json(operations));
  EXPECT_EQ(status["devices"].size(), 2U);
  EXPECT_EQ(status["known"], 2);
  EXPECT_EQ(status["not_kept"], 3);
  EXPECT_THAT(
      test::metrics(operations),
      ::testing::HasSubstr("otatool_devices{version=\"\",state=\"current\",chip=\"esp8266\"} 2\n"));
  EXPECT_THAT(test::metrics(operations),
              ::testing::HasSubstr("otatool_forgotten_devices_total 3\n"));
  EXPECT_THAT(test::metrics(operations),
              ::testing::HasSubstr("requests_total{status=\"304\"} 5\n"));
}

TEST(OperationsLimit, LostEventsAreCounted) {
  Operations operations(0);
  EXPECT_THAT(test::metrics(operations), ::testing::HasSubstr("\notatool_lost_events_total 0\n"));
  operations.fleet().on_lost({fleet::Mac{1}, fleet::Mac{2}});
  EXPECT_THAT(test::metrics(operations), ::testing::HasSubstr("\notatool_lost_events_total 2\n"));
}

TEST(OperationsPieces, AreSmallAndSurviveChangesInBetween) {
  Operations operations(0, 2000);
  for (unsigned number = 0; number < 1000; ++number) {
    operations.on_request(record_of(mac_of(1000 + number)));
  }
  const auto pieces = status_json(operations.facts());
  std::string text;
  unsigned count = 0;
  for (bool more = true; more; ++count) {
    const std::size_t before = text.size();
    more = pieces->append_next(text);
    EXPECT_LT(text.size() - before, 20'000U);
    operations.on_request(record_of(mac_of(5000 + count)));
    operations.on_request(record_of(mac_of(count)));
  }
  EXPECT_GT(count, 30U);
  const auto devices = nlohmann::json::parse(text)["devices"];
  for (std::size_t i = 1; i < devices.size(); ++i) {
    EXPECT_LT(devices[i - 1]["mac"], devices[i]["mac"]);
  }
  EXPECT_GE(devices.size(), 1000U);
}

TEST(OperationsPieces, APageBeginsBehindAnAddressAndHasALimit) {
  Operations operations(0);
  for (unsigned number = 0; number < 100; ++number) {
    operations.on_request(record_of(mac_of(number)));
  }
  for (const std::size_t limit : {0U, 1U, 31U, 32U, 33U, 64U, 90U, 1000U}) {
    const auto pieces = status_json(operations.facts(), {.after = fleet::Mac{9}, .most = limit});
    const auto devices = nlohmann::json::parse(test::whole_text(*pieces))["devices"];
    ASSERT_EQ(devices.size(), std::min<std::size_t>(limit, 90));
    if (limit > 0) {
      EXPECT_EQ(devices.front()["mac"], mac_of(10));
    }
  }
}

}  // namespace
}  // namespace otatool::http
