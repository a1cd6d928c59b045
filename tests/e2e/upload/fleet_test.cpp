// Uploads to many devices in one run: 500 at once, few descriptors, a password file for each
// target, mixed failures and successes, and the order of JSON events.
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/fleet_fixture.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(Fleet, FiveHundredDevicesEachApplyOneImage) {
  use_image(sketch_of(20'000));
  Farm farm(500, folder_);
  // The soft limit is too low, but otatool may raise it.
  const Outcome outcome = upload_within("-Sn 128", farm.list());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("500 of 500 devices updated"));
  EXPECT_THAT(farm.end(), EndsWith("applied 500\n"));
}

TEST_F(Fleet, RunsFewerUploadsAtOnceIfDescriptorsAreFew) {
  use_image(sketch_of(8'000));
  Farm farm(40, folder_);
  const Outcome outcome = upload_within("-n 100", farm.list());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("40 of 40 devices updated"));
  EXPECT_TRUE(farm.all_applied());
}

TEST_F(Fleet, EachTargetUsesItsOwnPasswordFileAndReportsItsOwnFailure) {
  StockProgram open({"esp8266-3.x"});
  StockProgram first({"esp8266-3.x", "password=first-word"});
  StockProgram second({"esp32-3.3", "password=second-word"});
  StockProgram wrong({"esp32-3.0", "password=third-word"});
  StockProgram full({"esp8266-3.x", "partition=1000"});
  StockProgram gone({"esp8266-3.x"});
  gone.end();
  folder_.write("first.pw", "first-word\n");
  folder_.write("second.pw", "second-word\n");
  const std::string list = folder_.write(
      "targets.txt",
      open.target() + "\n" + first.target() + " password-file=first.pw\n# a remark\n" +
          second.target() + " password-file=second.pw\n" + wrong.target() +
          " password-file=first.pw\n" + full.target() + "\n" + gone.target() + "\n");
  const Outcome outcome = run(upload_call({"--targets", list, "--jobs", "6", "--retries", "0"}));
  EXPECT_EQ(outcome.exit_code, 10) << outcome.error;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("3 of 6 devices updated"),
                    HasSubstr(wrong.target() + " (4)"),
                    HasSubstr(full.target() + " (6)"),
                    HasSubstr(gone.target() + " (5)")));
  EXPECT_THAT(outcome.output + outcome.error, Not(HasSubstr("-word")));
  EXPECT_THAT(second.end_by_itself(), HasSubstr("md5=" + image_md5()));
}

TEST_F(Fleet, RepeatsAnUploadForTheTargetsThatFailed) {
  StockProgram done({"esp8266-3.x"});
  StockProgram wrong({"esp8266-3.x", "password=right-word"});
  StockProgram gone({"esp8266-3.x"});
  gone.end();
  const Outcome first = run(upload_call(
      {"--json", done.target(), wrong.target(), gone.target(), "--retries", "0"}, "wrong-word"));
  EXPECT_EQ(first.exit_code, 10) << first.error;
  EXPECT_THAT(done.end_by_itself(), HasSubstr("state=restarted"));
  const std::string report = folder_.write("report.json", first.output);

  const Outcome second =
      run(upload_call({"--retry-failed", report, "--retries", "0"}, "right-word"));
  EXPECT_EQ(second.exit_code, 10) << second.error;
  EXPECT_THAT(second.output,
              AllOf(HasSubstr("1 of 2 devices updated"),
                    HasSubstr(gone.target() + " (5)"),
                    Not(HasSubstr(done.target() + ":"))));
  EXPECT_THAT(wrong.end_by_itself(), HasSubstr("state=restarted"));

  // Targets that the user names are sent to unless the report says that they succeeded.
  const Outcome named = run(upload_call({done.target(), "--retry-failed", report}));
  EXPECT_EQ(named.exit_code, 0) << named.error;
  EXPECT_THAT(named.error, HasSubstr("no target failed in the earlier run: nothing to do"));
  const Outcome no_report = run(upload_call({"--retry-failed", image_path_}));
  EXPECT_EQ(no_report.exit_code, 7);
}

/// The event names of each target, in their order.
std::map<std::string, std::vector<std::string>> events_by_target(const std::string& output) {
  std::map<std::string, std::vector<std::string>> events;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line, nullptr, false);
    if (object.is_discarded()) {
      ADD_FAILURE() << "no JSON: " << line;
      continue;
    }
    auto& names = events[object.value("target", "")];
    const std::string name = object.at("event");
    if (names.empty() || names.back() != name) {
      names.push_back(name);
    }
  }
  return events;
}

TEST_F(Fleet, EventsOfEachTargetAreInOrder) {
  StockProgram good({"esp8266-3.x"});
  StockProgram flaky({"esp8266-3.x", "resets-at=20000"});
  StockProgram locked({"esp32-3.0", "password=secret"});
  const Outcome outcome = run(upload_call(
      {good.target(), flaky.target(), locked.target(), "--retries", "1", "--json", "--jobs", "3"}));
  EXPECT_EQ(outcome.exit_code, 10) << outcome.error;
  using Names = std::vector<std::string>;
  const auto events = events_by_target(outcome.output);
  EXPECT_EQ(events.at(good.target()), (Names{"start", "auth", "progress", "result"}));
  EXPECT_EQ(events.at(flaky.target()),
            (Names{"start", "auth", "progress", "retry", "start", "auth", "progress", "result"}));
  EXPECT_EQ(events.at(locked.target()), (Names{"start", "result"}));
  EXPECT_EQ(events.at(""), (Names{"summary"}));
  const std::size_t last = outcome.output.rfind('\n', outcome.output.size() - 2) + 1;
  const auto summary = nlohmann::json::parse(outcome.output.substr(last));
  EXPECT_EQ(summary.at("targets"), 3);
  EXPECT_EQ(summary.at("succeeded"), 1);
  EXPECT_EQ(summary.at("failed"), 2);
  EXPECT_EQ(summary.at("exit"), 10);
}

}  // namespace
}  // namespace otatool::test
