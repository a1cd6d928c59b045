#include "otatool/http/operations.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

namespace otatool::http {
namespace {

/// A device that asks, and what the server knows about it.
class OperationsStates : public ::testing::Test {
 protected:
  void download(std::string_view sha256, bool complete = true) {
    RequestRecord record = request(200, Verdict::Send);
    record.account.image = true;
    record.account.verifiable = verifiable_;
    record.account.sha256 = sha256;
    operations_.on_download_started(record);
    during_ = state();
    record.complete = complete;
    operations_.on_request(record);
  }
  void ask(unsigned status, Verdict verdict) { operations_.on_request(request(status, verdict)); }
  [[nodiscard]] nlohmann::json device() const {
    return nlohmann::json::parse(operations_.status_json())["devices"][0];
  }
  [[nodiscard]] std::string state() const { return device()["result"]; }
  [[nodiscard]] unsigned not_applied() const { return device()["not_applied"]; }

  [[nodiscard]] RequestRecord request(unsigned status, Verdict verdict) const {
    RequestRecord record;
    record.status = status;
    record.account.device.emplace();
    record.account.device->station_mac = "5C:CF:7F:01:02:03";
    record.account.device->mode = mode_;
    record.account.verdict = verdict;
    return record;
  }

  Operations operations_{0};
  UpdateMode mode_ = UpdateMode::Sketch;
  bool verifiable_ = true;
  std::string during_;
};

TEST_F(OperationsStates, ADownloadIsConfirmedByTheNextRequest) {
  download("a");
  EXPECT_EQ(during_, "offered");
  EXPECT_EQ(state(), "downloaded");
  ask(304, Verdict::UpToDate);
  EXPECT_EQ(state(), "confirmed");
}

TEST_F(OperationsStates, ADeviceThatNeedsNothingIsCurrent) {
  ask(304, Verdict::UpToDate);
  EXPECT_EQ(state(), "current");
}

TEST_F(OperationsStates, TheSameDownloadAgainIsNotApplied) {
  for (unsigned count = 0; count < 5; ++count) {
    download("a");
    EXPECT_EQ(not_applied(), count);
  }
  EXPECT_EQ(state(), "not-applied");
  EXPECT_EQ(during_, "not-applied");
  download("b");
  EXPECT_EQ(state(), "downloaded");
  EXPECT_EQ(not_applied(), 0U);
  download("b");
  ask(304, Verdict::UpToDate);
  EXPECT_EQ(state(), "confirmed");
  EXPECT_EQ(not_applied(), 0U);
}

TEST_F(OperationsStates, ADeviceThatSendsNoVersionCannotBeJudged) {
  verifiable_ = false;
  mode_ = UpdateMode::Filesystem;
  download("a");
  download("a");
  EXPECT_EQ(state(), "downloaded");
}

TEST_F(OperationsStates, SketchAndFilesystemAreCountedApart) {
  download("a");
  mode_ = UpdateMode::Filesystem;
  download("b");
  mode_ = UpdateMode::Sketch;
  download("a");
  EXPECT_EQ(state(), "not-applied");
  EXPECT_EQ(not_applied(), 1U);
}

TEST_F(OperationsStates, AnIncompleteDownloadIsInterrupted) {
  download("a", false);
  EXPECT_EQ(state(), "interrupted");
  download("a");
  EXPECT_EQ(state(), "downloaded");
}

TEST_F(OperationsStates, AllOtherStatesFollowFromTheLastRequest) {
  ask(304, Verdict::Waiting);
  EXPECT_EQ(state(), "waiting");
  ask(404, Verdict::NotForYou);
  EXPECT_EQ(state(), "refused");
  ask(200, Verdict::SendVersion);
  EXPECT_EQ(state(), "refused");
}

}  // namespace
}  // namespace otatool::http
