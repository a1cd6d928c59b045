// `otatool push --confirm`: what the device does after its verdict. `--only-outdated`: devices that
// need no upload.
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/family_program.hpp"
#include "tests/e2e/push/push_fixture.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/unit/http/families/wled_image.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PushConfirm : public PushCommand {
 protected:
  PushConfirm() {
    const support::Blob bytes = support::wled_sketch({});
    image_.assign(bytes.begin(), bytes.end());
    path_ = folder_.write("firmware.bin", image_);
  }
  /// The line of the result in the JSON output.
  static nlohmann::json result_of(const Outcome& outcome) {
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) {
      const auto event = nlohmann::json::parse(line, nullptr, false);
      if (event.is_object() && event.value("event", "") == "result") {
        return event;
      }
    }
    ADD_FAILURE() << outcome.output << outcome.error;
    return {};
  }
  [[nodiscard]] Outcome confirm(const FamilyDevice& device, Words options = {"--confirm"}) const {
    options.insert(options.begin(), {device.url(), "--retries", "0"});
    return run(push_call(options));
  }
};

TEST_F(PushConfirm, ReportsTheVersionsBeforeAndAfter) {
  FamilyDevice device("wled", {"becomes=16.0.2", "down=2"});
  const Outcome outcome = confirm(device, {"--confirm", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto result = result_of(outcome);
  EXPECT_EQ(result.at("confirmed"), true);
  EXPECT_EQ(result.at("version_before"), "16.0.1");
  EXPECT_EQ(result.at("version_after"), "16.0.2");
  EXPECT_EQ(result.at("kind"), "wled");
  EXPECT_EQ(result.at("via"), "form");
}

TEST_F(PushConfirm, ADeviceMayBeBackAtOnce) {
  FamilyDevice device("wled", {"becomes=16.0.2"});
  const Outcome outcome = confirm(device);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("; it runs 16.0.2 now, before 16.0.1"));
}

TEST_F(PushConfirm, ThePortMayBeClosedDuringTheRestart) {
  FamilyDevice device("tasmota", {"becomes=15.3.0", "reboot"});
  const Outcome outcome = confirm(device);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("; it runs 15.3.0(tasmota) now, before 15.2.0(tasmota)"));
}

TEST_F(PushConfirm, ADeviceThatDiesIsAnUnknownResult) {
  FamilyDevice device("wled", {"dies"});
  expect_failure(confirm(device, {"--confirm=2"}),
                 9,
                 "the device accepted the image and restarted, but 2 s later nothing listens",
                 "--confirm=S");
}

TEST_F(PushConfirm, TheOldVersionIsAFailure) {
  FamilyDevice device("wled", {"down=2", "version=0.15.0"});
  const Outcome outcome = confirm(device);
  expect_failure(outcome, 6, "came back with the old version 0.15.0", "otatool info IMAGE");
  EXPECT_THAT(device.end(), HasSubstr("image firmware"));
}

TEST_F(PushConfirm, ADeviceWithoutAVersionIsOnlyBack) {
  FamilyDevice device("stock", {"reboot"});
  const Outcome outcome = confirm(device);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("; it is back and does not report its version"));
}

TEST_F(PushConfirm, EachDeviceHasItsOutcome) {
  FamilyDevice good("wled", {"becomes=16.0.2", "down=1"});
  FamilyDevice old("wled", {"down=1", "version=0.15.0"});
  FamilyDevice dead("wled", {"dies"});
  const Outcome outcome = run(push_call({good.url(), old.url(), dead.url(), "--confirm=5"}));
  EXPECT_EQ(outcome.exit_code, 10);
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr(good.url() + ": uploaded"),
                    HasSubstr("1 of 3 devices updated"),
                    HasSubstr(old.url() + " (6)"),
                    HasSubstr(dead.url() + " (9)")));
}

TEST_F(PushConfirm, AScriptEndsWithTheVerdict) {
  FamilyDevice device("wled", {"dies"});
  const Outcome outcome = confirm(device, {"--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto result = result_of(outcome);
  EXPECT_EQ(result.at("confirmed"), nullptr);
  EXPECT_EQ(result.at("version_before"), "16.0.1");
  EXPECT_EQ(result.at("version_after"), nullptr);
}

TEST_F(PushConfirm, ATerminalWaits) {
  FamilyDevice device("wled", {"becomes=16.0.2", "down=2"});
  ProgramCall call = push_call({device.url()});
  call.streams = Streams::Terminal;
  call.environment["TERM"] = "xterm";
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr("waiting until the device is back, "), HasSubstr("it runs 16.0.2")));
  FamilyDevice other("wled", {"dies"});
  call.arguments.back() = other.url();
  call.arguments.emplace_back("--no-confirm");
  EXPECT_EQ(run(call).exit_code, 0);
}

TEST_F(PushConfirm, AnInterruptionEndsTheWait) {
  FamilyDevice device("wled", {"dies"});
  Process program(push_call({device.url(), "--confirm=600", "-v"}));
  ASSERT_TRUE(program.wait_for_error("waiting until it is back"));
  program.send_signal(SIGINT);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.error, HasSubstr("the device accepted the image; interrupted"));
}

TEST_F(PushConfirm, BothOptionsExcludeEachOther) {
  const Outcome outcome = run(push_call({"127.0.0.1", "--confirm", "--no-confirm"}));
  expect_failure(outcome, 2, "--confirm and --no-confirm exclude each other", "");
}

TEST_F(PushConfirm, SkipsDevicesThatRunTheVersion) {
  FamilyDevice current("wled", {"version=16.0.1"});
  FamilyDevice other("wled", {"version=0.15.0"});
  FamilyDevice tasmota("tasmota", {"version=16.0.1"});
  FamilyDevice silent("stock");
  const Words options = {current.url(),
                         other.url(),
                         tasmota.url(),
                         silent.url(),
                         "--only-outdated",
                         "--version",
                         "v16.0.1"};
  const Outcome outcome = run(push_call(options));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output,
              AllOf(HasSubstr(current.url() + ": skipped, it runs 16.0.1 already"),
                    HasSubstr(tasmota.url() + ": skipped, it runs 16.0.1(tasmota) already"),
                    HasSubstr("2 of 4 devices updated"),
                    HasSubstr(", 2 skipped")));
  EXPECT_THAT(current.end(), Not(HasSubstr("image")));
  EXPECT_THAT(tasmota.end(), Not(HasSubstr("image")));
  EXPECT_THAT(other.end(), HasSubstr("image firmware"));
  EXPECT_THAT(silent.end(), HasSubstr("image firmware"));
}

TEST_F(PushConfirm, TheVersionMayBeThatOfTheImage) {
  const std::string version = support::WledSpec().version;
  FamilyDevice current("wled", {"version=" + version});
  const Outcome outcome = confirm(current, {"--only-outdated", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto result = result_of(outcome);
  EXPECT_EQ(result.at("skipped"), true);
  EXPECT_EQ(result.at("ok"), true);
  EXPECT_EQ(result.at("version_before"), version);
  EXPECT_THAT(current.end(), Not(HasSubstr("image")));
}

TEST_F(PushConfirm, WithoutAVersionNothingIsSent) {
  image_ = sketch_text();
  path_ = folder_.write("firmware.bin", image_);
  FamilyDevice device("wled");
  expect_failure(confirm(device, {"--only-outdated"}), 2, "states no version", "");
  EXPECT_THAT(device.end(), Not(HasSubstr("image")));
}

}  // namespace
}  // namespace otatool::test
