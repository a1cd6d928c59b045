#include "otatool/http/fetch_plan.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/http/families/answers.hpp"

namespace otatool::http {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kImageUrl = "http://10.0.0.2:8070/tasmota.bin.gz";
constexpr const char* kTasmotaServer = "Tasmota/15.2.0 (ESP8266EX)";

std::string status2(const std::string& version, const std::string& build = "2026-01-01T00:00:00") {
  return R"({"StatusFWR":{"Version":")" + version + R"(","BuildDateTime":")" + build +
         R"(","Hardware":"ESP8266EX"}})";
}

class Fetching {
 public:
  explicit Fetching(Family family, std::string url = kImageUrl)
      : plan_(family, std::move(url)), action_(plan_.start()) {}

  Fetching& gets(std::string_view target) {
    const auto* get = std::get_if<FetchPlan::Get>(&action_);
    EXPECT_TRUE(get != nullptr && get->target == target)
        << "wanted " << target << ", found " << (get == nullptr ? "no GET" : get->target);
    return *this;
  }
  Fetching& answer(std::string body, unsigned status = 200) {
    const OwnAnswer answer(status, std::move(body), kTasmotaServer);
    action_ = plan_.next(FetchPlan::Answered{.answer = answer.view(), .challenged = true});
    return *this;
  }
  Fetching& breaks() {
    action_ = plan_.next(FetchPlan::Unanswered{Error(Errc::NoAnswer, "silent")});
    return *this;
  }
  Fetching& pauses(milliseconds time) {
    const auto* pause = std::get_if<FetchPlan::Pause>(&action_);
    EXPECT_TRUE(pause != nullptr && pause->time == time);
    action_ = plan_.next(FetchPlan::Paused{});
    return *this;
  }
  Fetching& cancel() {
    action_ = plan_.cancel();
    return *this;
  }
  /// The steps up to the first look whether the update is done.
  Fetching& begin() {
    gets("/cm?cmnd=Status%202").answer(status2("15.1.0(tasmota)"));
    gets("/cm?cmnd=OtaUrl").answer(R"({"OtaUrl":"http://old/a b.bin"})");
    gets("/cm?cmnd=OtaUrl%20http://10.0.0.2:8070/tasmota.bin.gz");
    answer(R"({"OtaUrl":"http://10.0.0.2:8070/tasmota.bin.gz"})");
    gets("/cm?cmnd=Upgrade%201").answer(R"({"Upgrade":"Version 15.1.0 from http://x"})");
    return pauses(milliseconds(3'000)).gets("/cm?cmnd=Status%202");
  }
  Fetching& restores() {
    return gets("/cm?cmnd=OtaUrl%20http://old/a%20b.bin")
        .answer(R"({"OtaUrl":"http://old/a b.bin"})");
  }
  [[nodiscard]] std::string end() const {
    const auto* finish = std::get_if<FetchPlan::Finish>(&action_);
    if (finish == nullptr) {
      return "not finished";
    }
    return finish->error
               ? std::string(to_string(finish->error->code())) + ": " + finish->error->message()
               : "OK";
  }
  [[nodiscard]] const FetchPlan& plan() const { return plan_; }

 private:
  FetchPlan plan_;
  FetchPlan::Action action_;
};

TEST(FetchPlan, TasmotaFetchesAndGetsItsUrlBack) {
  Fetching fetching(Family::Tasmota);
  fetching.begin().answer(status2("15.1.0(tasmota)")).pauses(milliseconds(3'000));
  fetching.breaks().pauses(milliseconds(3'000));
  fetching.answer(status2("15.2.0(minimal)")).pauses(milliseconds(3'000));
  fetching.answer(status2("15.2.0(tasmota)")).restores();
  EXPECT_EQ(fetching.end(), "OK");
  EXPECT_EQ(fetching.plan().before().version, "15.1.0(tasmota)");
  EXPECT_EQ(fetching.plan().now().version, "15.2.0(tasmota)");
}

TEST(FetchPlan, AnotherBuildOfTheSameVersionIsAnUpdate) {
  Fetching fetching(Family::Tasmota);
  fetching.begin().answer(status2("15.1.0(tasmota)", "2026-02-02T00:00:00")).restores();
  EXPECT_EQ(fetching.end(), "OK");
}

TEST(FetchPlan, EveryFailureRestoresTheUrl) {
  const auto set = [](Fetching& fetching) -> Fetching& {
    return fetching.answer(status2("15.1.0")).answer(R"({"OtaUrl":"http://old/a b.bin"})");
  };
  Fetching not_set(Family::Tasmota);
  set(not_set).answer(R"({"OtaUrl":"http://else"})").restores();
  EXPECT_THAT(not_set.end(), StartsWith("device-refused: the device did not store"));
  Fetching set_broken(Family::Tasmota);
  set(set_broken).breaks().restores();
  EXPECT_THAT(set_broken.end(), StartsWith("no-answer"));
  Fetching refused(Family::Tasmota);
  set(refused).answer(R"({"OtaUrl":"http://10.0.0.2:8070/tasmota.bin.gz"})");
  refused.answer(R"({"Upgrade":"1 or >15.1.0 to upgrade"})").restores();
  EXPECT_THAT(refused.end(), HasSubstr("did not begin to fetch the image: '1 or >15.1.0"));
  Fetching interrupted(Family::Tasmota);
  interrupted.begin().cancel().restores();
  EXPECT_EQ(interrupted.end(), "interrupted: interrupted");
}

TEST(FetchPlan, NothingIsRestoredThatWasNotChanged) {
  EXPECT_THAT(Fetching(Family::Tasmota).breaks().end(), StartsWith("no-answer"));
  EXPECT_THAT(Fetching(Family::Tasmota).answer("", 401).end(), StartsWith("password-needed"));
  EXPECT_THAT(Fetching(Family::Tasmota).answer(status2("1")).answer("{}").end(),
              StartsWith("device-refused: the device does not report its OtaUrl"));
  EXPECT_EQ(Fetching(Family::Tasmota).cancel().end(), "interrupted: interrupted");
}

TEST(FetchPlan, RestoringIsRepeatedWhileTheDeviceRestarts) {
  Fetching fetching(Family::Tasmota);
  fetching.begin().answer(status2("15.2.0(tasmota)"));
  for (int i = 0; i < 14; ++i) {
    fetching.gets("/cm?cmnd=OtaUrl%20http://old/a%20b.bin").breaks().pauses(milliseconds(2'000));
  }
  Fetching lost = fetching;
  fetching.restores();
  EXPECT_EQ(fetching.end(), "OK");
  EXPECT_EQ(lost.breaks().end(),
            "device-refused: the device is updated, but the OtaUrl of the device is not restored; "
            "it was 'http://old/a b.bin'");
}

TEST(FetchPlan, ASecondInterruptEndsTheRestoring) {
  Fetching fetching(Family::Tasmota);
  fetching.begin().cancel().cancel();
  EXPECT_THAT(fetching.end(), StartsWith("interrupted: interrupted; the OtaUrl of the device"));
}

std::string end_after(bool away, bool comes_back) {
  Fetching fetching(Family::ShellyGen1, "http://10.0.0.2/a.zip");
  fetching.gets("/shelly").answer(std::string(kShelly));
  fetching.gets("/ota?url=http://10.0.0.2/a.zip").answer(R"({"status":"updating"})");
  for (int i = 0; i < 100; ++i) {
    fetching.pauses(milliseconds(3'000));
    away && !(comes_back && i == 99) ? fetching.breaks() : fetching.answer(std::string(kShelly));
  }
  return fetching.end();
}

TEST(FetchPlan, WithoutANewVersionTheEndTellsWhatHappened) {
  EXPECT_THAT(end_after(false, true), StartsWith("device-refused: the device still runs 2023"));
  EXPECT_THAT(end_after(true, false), StartsWith("verdict-lost: the device did not come back"));
  EXPECT_THAT(end_after(true, true),
              StartsWith("verdict-lost: the device restarted and runs 2023"));
}

TEST(FetchPlan, ShellyFetches) {
  Fetching fetching(Family::ShellyGen1, "http://10.0.0.2/a.zip");
  fetching.answer(std::string(kShelly)).answer(R"({"status":"updating","new_version":""})");
  fetching.pauses(milliseconds(3'000)).gets("/shelly");
  fetching.answer(R"({"type":"SHSW-1","fw":"20261111-000000/v1.15.0-gabc"})");
  EXPECT_EQ(fetching.end(), "OK");
  EXPECT_THAT(Fetching(Family::ShellyGen1)
                  .answer(std::string(kShelly))
                  .answer(R"({"status":"idle"})")
                  .end(),
              HasSubstr("did not begin to fetch the image: 'idle'"));
}

TEST(FetchPlan, RefusesWhatNoDeviceCanDo) {
  EXPECT_THAT(Fetching(Family::Wled).end(), StartsWith("wrong-kind: WLED does not fetch"));
  EXPECT_THAT(Fetching(Family::Tasmota, "http://h/" + std::string(142, 'x')).end(),
              StartsWith("wrong-kind: a Tasmota stores URLs of at most 150"));
}

}  // namespace
}  // namespace otatool::http
