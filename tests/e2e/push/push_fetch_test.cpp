// `otatool push --pull-from`: the device fetches the image from a server.
#include <nlohmann/json.hpp>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/family_fixture.hpp"
#include "tests/support/expect_failure.hpp"
#include "tests/support/json_events.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// `otatool serve` with the image of the test.
class PullFrom : public PushFamily {
 protected:
  void SetUp() override {
    server_.emplace(
        ProgramCall{.program = OTATOOL_BINARY,
                    .arguments = {"serve", path_, "--listen", "127.0.0.1:0", "--json"}});
    image_url_ = next_event(*server_, "listening").at("url").get<std::string>() + "/firmware.bin";
  }
  [[nodiscard]] ProgramCall pull_call(const FamilyDevice& device, Words options = {}) const {
    options.insert(options.begin(), {"push", "--pull-from", image_url_, device.url()});
    return {.program = OTATOOL_BINARY, .arguments = std::move(options)};
  }

  std::optional<Process> server_;
  std::string image_url_;
};

TEST_F(PullFrom, ATasmotaFetchesTheImageAndKeepsItsUrl) {
  FamilyDevice device("tasmota");
  const Outcome outcome = run(pull_call(device));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(
      outcome.error,
      AllOf(HasSubstr("runs Tasmota 15.2.0(tasmota)"), HasSubstr("runs Tasmota 15.3.0(tasmota)")));
  const std::string told = device.end();
  EXPECT_THAT(told, HasSubstr("otaurl " + image_url_ + "\n"));
  EXPECT_TRUE(told.ends_with("otaurl http://ota.lan/tasmota.bin.gz\n")) << told;
  EXPECT_THAT(told, HasSubstr(stored()));
}

TEST_F(PullFrom, AFailureRestoresTheUrlOfATasmota) {
  FamilyDevice device("tasmota", {"refuse"});
  expect_failure(run(pull_call(device)), 6, "did not begin to fetch the image: '1 or >", "");
  EXPECT_THAT(device.end(),
              HasSubstr("otaurl " + image_url_ + "\notaurl http://ota.lan/tasmota.bin.gz\n"));
}

TEST_F(PullFrom, AnInterruptRestoresTheUrlOfATasmota) {
  FamilyDevice device("tasmota", {"stuck"});
  Process process(pull_call(device, {"-v"}));
  ASSERT_TRUE(process.wait_for_error("waiting for the verdict"));
  process.send_signal(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 130);
  EXPECT_THAT(device.end(),
              HasSubstr("otaurl " + image_url_ + "\notaurl http://ota.lan/tasmota.bin.gz\n"));
}

TEST_F(PullFrom, AShellyFetchesTheImage) {
  FamilyDevice device("shelly");
  const Outcome outcome = run(pull_call(device, {"--json"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("20261101-000000/v1.15.0"));
  EXPECT_THAT(device.end(), AllOf(HasSubstr(stored()), Not(HasSubstr("forbidden"))));
}

TEST_F(PullFrom, OtherDevicesAndUrlsAreRefused) {
  FamilyDevice device("wled");
  expect_failure(run(pull_call(device)), 7, "does not fetch an update on request", "");
  const Outcome scheme = run({.program = OTATOOL_BINARY,
                              .arguments = {"push", "--pull-from", "tasmota.bin", device.url()}});
  EXPECT_EQ(scheme.exit_code, 2) << scheme.error;
  const Outcome files = run(pull_call(device, {"--fs"}));
  EXPECT_EQ(files.exit_code, 2) << files.error;
  const Outcome secret = run(
      {.program = OTATOOL_BINARY, .arguments = {"push", "--pull-from", "http://u:s3cret@h/", "h"}});
  EXPECT_EQ(secret.exit_code, 2) << secret.error;
  EXPECT_THAT(secret.error, Not(HasSubstr("s3cret")));
  ProgramCall with_image = pull_call(device);
  with_image.arguments.insert(with_image.arguments.end() - 1, path_);
  expect_failure(run(with_image), 2, "with --pull-from there is no IMAGE", "");
}

TEST_F(PullFrom, ADryRunPrintsThePlan) {
  FamilyDevice device("tasmota");
  const Outcome text = run(pull_call(device, {"--dry-run"}));
  EXPECT_EQ(text.exit_code, 0) << text.error;
  EXPECT_EQ(text.output, device.url() + ": fetches " + image_url_ + "\n");
  const auto document =
      nlohmann::json::parse(run(pull_call(device, {"--dry-run", "--json"})).output, nullptr, false);
  ASSERT_FALSE(document.is_discarded());
  EXPECT_EQ(document["plan"][0]["target"], device.url());
  EXPECT_EQ(document["plan"][0]["pull_from"], image_url_);
}

}  // namespace
}  // namespace otatool::test
