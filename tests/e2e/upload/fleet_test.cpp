// Many devices in one run: 500 in little memory and with few descriptors, a password file for each,
// failures among successes, and JSON events in order.
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/stock_fixture.hpp"
#include "tests/support/sanitized.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kDevices = 500;
constexpr std::size_t kMostMemory = std::size_t{128} * 1024 * 1024;
constexpr std::chrono::seconds kPatience(100);

/// Virtual devices in one process, and the list of targets that they are.
class Farm {
 public:
  Farm(int devices, const TemporaryFolder& folder)
      : process_({.program = DEVICE_FARM_BINARY,
                  .arguments = {std::to_string(devices)},
                  .timeout = kPatience}) {
    std::string lines;
    for (int i = 0; i < devices; ++i) {
      lines += "127.0.0.1:" + process_.read_line().value_or("none") + "\n";
    }
    list_ = folder.write("targets.txt", lines);
  }

  [[nodiscard]] const std::string& list() const { return list_; }
  [[nodiscard]] bool all_applied() { return process_.wait_for_output("all applied"); }

 private:
  Process process_;
  std::string list_;
};

class Fleet : public StockUpload {
 protected:
  /// otatool under a limit of open files set by `ulimit` with these options.
  [[nodiscard]] Outcome upload_within(const std::string& limit, const std::string& list) const {
    return run({.program = "/bin/sh",
                .arguments = {"-c",
                              "ulimit " + limit + R"(; exec "$0" "$@")",
                              OTATOOL_BINARY,
                              "upload",
                              image_path_,
                              "--targets",
                              list,
                              "--jobs",
                              "500"},
                .timeout = kPatience});
  }
};

TEST_F(Fleet, FiveHundredDevicesWithinTheMemoryLimit) {
  use_image(sketch_of(20'000));
  Farm farm(kDevices, folder_);
  // Fewer than it needs, but it may ask for more.
  const Outcome outcome = upload_within("-Sn 128", farm.list());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("500 of 500 devices updated"));
  EXPECT_TRUE(farm.all_applied());
  RecordProperty("peak_memory_kib", static_cast<int>(outcome.peak_memory_bytes / 1024));
  if (!kSanitized) {
    EXPECT_LT(outcome.peak_memory_bytes, kMostMemory);
  }
}

TEST_F(Fleet, TakesTurnsWhereDescriptorsAreFew) {
  use_image(sketch_of(8'000));
  Farm farm(40, folder_);
  const Outcome outcome = upload_within("-n 100", farm.list());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("40 of 40 devices updated"));
  EXPECT_TRUE(farm.all_applied());
}

TEST_F(Fleet, AnUploadOfOneMebibyteNeedsLittleMemory) {
  use_image(sketch_of(std::size_t{1024} * 1024 - 16));
  StockProgram device({"esp8266-3.x"});
  const Outcome outcome = upload(device);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  RecordProperty("peak_memory_kib", static_cast<int>(outcome.peak_memory_bytes / 1024));
  // The goal of 10 MiB is one of release builds, and is measured there.
  if (!kSanitized) {
    EXPECT_LT(outcome.peak_memory_bytes, std::size_t{16} * 1024 * 1024);
  }
}

TEST_F(Fleet, EachTargetHasItsOwnPasswordFileAndItsOwnFailure) {
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

/// The names of the events of each target, in the order in which they came.
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
