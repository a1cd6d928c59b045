// Uploads to devices selected by --all, --match or --board, and what they tell afterwards.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/upload/discovery_fixture.hpp"
#include "tests/support/json_events.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class UploadSelection : public UploadDiscovery {};

TEST_F(UploadSelection, AnAmbiguousNameListsTheDevicesAndUploadsToNone) {
  ProgramCall by_instance{.program = MDNS_FARM};
  by_instance.arguments = {"name=lamp", "host=a.local", "net=1"};
  Process one(by_instance);
  ProgramCall by_host{.program = MDNS_FARM};
  by_host.arguments = {"name=garden", "host=lamp.local", "net=2"};
  Process other(by_host);
  ASSERT_TRUE(one.wait_for_output("ready"));
  ASSERT_TRUE(other.wait_for_output("ready"));
  const Outcome outcome = upload({"app.bin", "lamp"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.error, HasSubstr("'lamp' is the name of 2 devices: "));
  EXPECT_THAT(outcome.error, HasSubstr("lamp at 127.1.0.2:8266"));
  EXPECT_THAT(outcome.error, HasSubstr("garden at 127.2.0.2:8266"));
  EXPECT_THAT(outcome.error, Not(HasSubstr("inviting")));
}

TEST_F(UploadSelection, UploadsToAllMatchingDevicesWithYes) {
  const auto one = device({"--name", "lamp-1"});
  const auto two = device({"--name", "lamp-2", "--bind", "127.0.0.2"});
  const auto other = device({"--name", "oven", "--bind", "127.0.0.3", "--board", "d1_mini"});
  const Outcome lamps = upload({"app.bin", "--match", "LAMP-*", "--yes"});
  EXPECT_EQ(lamps.exit_code, 0) << lamps.error;
  EXPECT_THAT(lamps.error, testing::ContainsRegex("lamp-1 +127.0.0.1:" + one->port));
  EXPECT_THAT(lamps.error, testing::ContainsRegex("lamp-2 +127.0.0.2:" + two->port));
  EXPECT_THAT(lamps.error, Not(HasSubstr("oven")));
  EXPECT_EQ(one->process.wait().exit_code, 0);
  EXPECT_EQ(two->process.wait().exit_code, 0);
  const Outcome board = upload({"app.bin", "--board", "d1_*", "-y"});
  EXPECT_EQ(board.exit_code, 0) << board.error;
  EXPECT_EQ(other->process.wait().exit_code, 0);
}

TEST_F(UploadSelection, OurReceiverTellsThatItRunsTheImage) {
  Process device(folder_.call({"device", "--port", "0", "--json", "--name", "kitchen"}));
  next_event(device, "announced");
  const Outcome outcome = upload({"app.bin", "kitchen", "--confirm", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              testing::AllOf(HasSubstr(R"("confirmed":true)"),
                             HasSubstr(R"("kind":"espota")"),
                             HasSubstr(R"("via":"espota")")));
}

TEST_F(UploadSelection, AnEsphomeDeviceTellsItsNewConfiguration) {
  folder_.write("other.bin", sketch("another sketch"));
  Process device(
      folder_.call({"device", "--port", "0", "--json", "--name", "kitchen", "--esphome", "8266"}));
  next_event(device, "announced");
  EXPECT_EQ(upload({"app.bin", "kitchen", "--json"}).exit_code, 0);
  const Outcome outcome = upload({"other.bin", "kitchen", "--confirm", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output,
              testing::AllOf(HasSubstr(R"("confirmed":true)"), HasSubstr(R"("kind":"esphome")")));
}

TEST_F(UploadSelection, SkipsADeviceOfOursThatRunsTheVersion) {
  folder_.write("esp32.bin", support::esp32_image());
  Process device(
      folder_.call({"device", "--chip", "esp32", "--port", "0", "--json", "--name", "kitchen"}));
  next_event(device, "announced");
  const Outcome first = upload({"esp32.bin", "kitchen", "--only-outdated", "--confirm", "--json"});
  EXPECT_EQ(first.exit_code, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr(R"("skipped":false)"));
  const Outcome second = upload({"esp32.bin", "kitchen", "--only-outdated", "--json"});
  EXPECT_EQ(second.exit_code, 0) << second.output;
  EXPECT_THAT(second.output, HasSubstr(R"("skipped":true)"));
}

TEST_F(UploadSelection, AsksBeforeItUploadsToAll) {
  const auto kitchen = device({"--name", "kitchen"});
  const Outcome script = upload({"app.bin", "--all"});
  EXPECT_EQ(script.exit_code, 4);
  EXPECT_THAT(script.error,
              testing::AllOf(HasSubstr("no terminal to confirm the upload to this device"),
                             HasSubstr("--yes")));
  for (const std::string answer : {"n\n", "\n", "yes\n"}) {
    ProgramCall call = folder_.call({"upload", "app.bin", "--all", "--no-confirm"});
    call.streams = Streams::Terminal;
    Process process(call);
    ASSERT_TRUE(process.wait_for_output("Upload to this device? [y/N]"));
    process.write_input(answer);
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.exit_code, answer == "yes\n" ? 0 : 4) << outcome.output;
    EXPECT_THAT(outcome.output,
                testing::ContainsRegex("kitchen +127.0.0.1:" + kitchen->port + " +espota"));
  }
  EXPECT_EQ(kitchen->process.wait().exit_code, 0);
}

TEST_F(UploadSelection, SelectedDevicesUseTheirConfiguration) {
  folder_.write("lamp.pw", support::Blob{'o', 'n', 'e', '\n'});
  folder_.write("oven.pw", support::Blob{'t', 'w', 'o', '\n'});
  const auto lamp = device({"--name", "lamp", "--password-file", folder_.path("lamp.pw")});
  const auto oven =
      device({"--name", "oven", "--bind", "127.0.0.2", "--password-file", folder_.path("oven.pw")});
  const std::string config =
      "[device.lamp]\nhost = \"192.0.2.1\"\npassword-file = \"lamp.pw\"\n"
      "[device.kitchen]\nhost = \"127.0.0.2\"\nport = 1\n"
      "password-file = \"lamp.pw\"\n"
      "[device.cooker]\nhost = \"127.0.0.2\"\nport = " +
      oven->port + "\npassword-file = \"oven.pw\"\n";
  folder_.write("otatool.toml", support::Blob(config.begin(), config.end()));
  const Outcome outcome = upload({"app.bin", "--all", "--yes"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(lamp->process.wait().exit_code, 0);
  EXPECT_EQ(oven->process.wait().exit_code, 0);
}

TEST_F(UploadSelection, RefusesASelectedDeviceWhosePasswordIsForAnotherAddress) {
  const auto lamp = device({"--name", "lamp"});
  const std::string config = "[device.lamp]\nhost = \"127.0.0.1\"\npassword-file = \"no.pw\"\n";
  folder_.write("otatool.toml", support::Blob(config.begin(), config.end()));
  const Outcome outcome = upload({"app.bin", "--all", "--yes"});
  EXPECT_EQ(outcome.exit_code, 7);
  EXPECT_THAT(outcome.error, HasSubstr("otatool.toml:1"));
  EXPECT_THAT(outcome.error, HasSubstr("no.pw"));
}

TEST_F(UploadSelection, VerboseTracesTheSearch) {
  const auto kitchen = device({"--name", "kitchen"});
  const Outcome quiet = upload({"app.bin", "kitchen", "--dry-run", "-v"});
  EXPECT_THAT(quiet.error, Not(HasSubstr("_arduino._tcp.local")));
  for (const std::string whom : {"kitchen", "--all"}) {
    const Outcome outcome = upload({"app.bin", whom, "--dry-run", "-vv"});
    EXPECT_THAT(outcome.error, HasSubstr("> one-shot lo "));
    EXPECT_THAT(outcome.error, HasSubstr("< lo 127.0.0.1 "));
    EXPECT_THAT(outcome.error, HasSubstr("kitchen._arduino._tcp.local"));
  }
  const Outcome outcome = upload({"app.bin", "127.0.0.1:" + kitchen->port, "-vv"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("> unicast 127.0.0.1 "));
  EXPECT_THAT(outcome.error, HasSubstr("kitchen._arduino._tcp.local"));
}

TEST_F(UploadSelection, ASelectionWithoutDevicesIsNotFound) {
  const auto kitchen = device({"--name", "kitchen"});
  EXPECT_EQ(upload({"app.bin", "--match", "lamp*", "--yes"}).exit_code, 3);
  EXPECT_EQ(upload({"app.bin", "--board", "d1_*", "--yes"}).exit_code, 3);
}

}  // namespace
}  // namespace otatool::test
