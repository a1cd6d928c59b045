// Uploads to devices found by name or address.
#include <nlohmann/json.hpp>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/discovery_fixture.hpp"
#include "tests/support/own_network.hpp"
#include "tests/support/patience.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(UploadDiscovery, FindsADeviceByAnyOfItsNames) {
  for (const std::string name : {"kitchen LIGHT", "kitchen-light", "Kitchen-Light.local."}) {
    const auto kitchen = device({"--name", "Kitchen light"});
    const Outcome outcome = upload({"app.bin", name});
    EXPECT_EQ(outcome.exit_code, 0) << name << ": " << outcome.error;
    EXPECT_EQ(kitchen->process.wait().exit_code, 0) << name;
  }
}

TEST_F(UploadDiscovery, AnEsphomeDeviceIsFoundByItsName) {
  const auto kitchen = device({"--name", "kitchen", "--esphome", "8266"});
  const Outcome found = folder_.otatool({"discover", "kitchen", "--json"});
  const auto shown = nlohmann::json::parse(found.output).at("devices").at(0);
  EXPECT_EQ(shown.at("kind"), "esphome");
  EXPECT_EQ(shown.at("via"), "esphome");
  EXPECT_EQ(shown.at("txt").at("platform"), "ESP8266");
  const Outcome outcome = upload({"app.bin", "kitchen", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr(R"("via":"esphome")"));
  EXPECT_EQ(kitchen->process.wait().exit_code, 0);
}

TEST_F(UploadDiscovery, FindsANameWithADot) {
  for (const std::string name : {"kitchen.lamp", "Kitchen.Lamp.local"}) {
    const auto lamp = device({"--name", "kitchen.lamp"});
    const Outcome outcome = upload({"app.bin", name});
    EXPECT_EQ(outcome.exit_code, 0) << name << ": " << outcome.error;
    EXPECT_EQ(lamp->process.wait().exit_code, 0) << name;
  }
  const Outcome unknown = upload({"app.bin", "kitchen.lamp"});
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_THAT(unknown.error, HasSubstr("'kitchen.lamp'"));
}

TEST_F(UploadDiscovery, AnAddressWithoutPortUsesTheAnnouncedPort) {
  const auto kitchen = device({"--name", "kitchen"});
  Outcome outcome;
  // On a loaded computer the device may answer too late; then the upload finds no one.
  EXPECT_TRUE(eventually([&] {
    outcome = upload({"app.bin", "127.0.0.1", "-v"});
    return outcome.exit_code == 0;
  })) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("127.0.0.1 is kitchen at 127.0.0.1:" + kitchen->port));
  EXPECT_EQ(kitchen->process.wait().exit_code, 0);
}

TEST_F(UploadDiscovery, WaitsForASlowAnswerFromAnAddress) {
  const Outcome address = run_there("ip address add 10.9.0.2/32 dev lo");
  if (is_not_permitted(address)) {
    GTEST_SKIP() << "no further address: " << address.error;
  }
  ASSERT_EQ(address.exit_code, 0) << address.error;
  ProgramCall slow{.program = MDNS_FARM};
  slow.arguments = {"name=slow", "host=slow.local", "subnet=10.9.0", "latency=150"};
  Process farm(slow);
  ASSERT_TRUE(farm.wait_for_output("ready"));
  EXPECT_TRUE(eventually([this] {
    const Outcome outcome = upload({"app.bin", "10.9.0.2", "-v"});
    EXPECT_EQ(outcome.exit_code, 5) << "the device only answers mDNS";
    return outcome.error.find("10.9.0.2 is slow at 10.9.0.2:") != std::string::npos;
  }));
}

TEST_F(UploadDiscovery, FindsANameInASubnetWithoutMulticast) {
  const auto kitchen = device({"--name", "kitchen"});
  const Outcome outcome = upload({"app.bin", "kitchen", "--subnet", "127.0.0.0/29"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(kitchen->process.wait().exit_code, 0);
}

TEST_F(UploadDiscovery, TheDropInFindsADeviceByItsMdnsName) {
  const auto kitchen = device({"--name", "kitchen"});
  const Outcome outcome = folder_.otatool({"espota", "-i", "kitchen.local", "-f", "app.bin"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(kitchen->process.wait().exit_code, 0);
  const Outcome unknown = folder_.otatool({"espota", "-i", "nosuch.local", "-f", "app.bin"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.error, HasSubstr("[ERROR]: Host Not Found: "));
}

TEST_F(UploadDiscovery, TheHostsFileMayHaveALocalName) {
  const auto kitchen = device({"--name", "other", "--no-announce"});
  const Outcome outcome =
      upload_with_hosts("127.0.0.1 kitchen.local\n", "kitchen.local --port " + kitchen->port);
  if (has_no_mounts(outcome)) {
    GTEST_SKIP() << "no mount namespace: " << outcome.error;
  }
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(kitchen->process.wait().exit_code, 0);
}

TEST_F(UploadDiscovery, TheSystemHasPriorityForANameWithADot) {
  const auto stranger = device({"--name", "kitchen.lan"});
  const Outcome outcome =
      upload_with_hosts("127.0.0.9 kitchen.lan\n", "kitchen.lan --dry-run --gzip never");
  if (has_no_mounts(outcome)) {
    GTEST_SKIP() << "no mount namespace: " << outcome.error;
  }
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("127.0.0.9"));
  EXPECT_THAT(outcome.output, Not(HasSubstr(stranger->port)));
}

TEST_F(UploadDiscovery, AnUnknownNameIsNotFound) {
  const Outcome outcome = upload({"app.bin", "nosuch.local"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.error, HasSubstr("no device answers to the name 'nosuch.local'"));
}

TEST_F(UploadDiscovery, AMisspeltNameGetsASuggestion) {
  ProgramCall kitchen{.program = MDNS_FARM};
  kitchen.arguments = {"name=kitchen", "host=esp-1.local", "net=1"};
  Process farm(kitchen);
  ASSERT_TRUE(farm.wait_for_output("ready"));
  const Outcome outcome = upload({"app.bin", "kichen.local"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.error, HasSubstr("did you mean 'kitchen'?"));
}

}  // namespace
}  // namespace otatool::test
