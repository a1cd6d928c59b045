// Uploads to devices found by name or by selection, using what the devices announce. Real virtual
// devices in a separate network namespace.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/signing/signing_commands.hpp"
#include "tests/support/json_events.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Words = std::vector<std::string>;

class UploadDiscovery : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
  }

  /// Starts a device that ends after one update.
  struct Device {
    Process process;
    std::string port;
    nlohmann::json next(const std::string& event) { return next_event(process, event); }
  };
  std::unique_ptr<Device> device(Words options) {
    Words words{"device", "--port", "0", "--once", "--json"};
    words.insert(words.end(), options.begin(), options.end());
    std::unique_ptr<Device> device(new Device{Process(folder_.call(words)), {}});
    device->port = std::to_string(device->next("listening").at("udp").get<int>());
    if (std::ranges::find(options, "--no-announce") == options.end()) {
      device->next("announced");
    }
    return device;
  }
  Outcome upload(Words words) {
    words.insert(words.begin(), "upload");
    return folder_.otatool(words);
  }
  /// Uploads app.bin with another /etc/hosts.
  Outcome upload_with_hosts(const std::string& hosts, const std::string& words) {
    folder_.write("hosts", support::Blob(hosts.begin(), hosts.end()));
    return run_there("unshare -m sh -ec 'mount --bind " + folder_.path("hosts") +
                     " /etc/hosts; exec " OTATOOL_BINARY " upload " + folder_.path("app.bin") +
                     " " + words + "'");
  }
  static bool has_no_mounts(const Outcome& outcome) {
    return is_not_permitted(outcome) || outcome.error.find("permission") != std::string::npos;
  }
  std::size_t image_size() { return folder_.read("app.bin").size(); }

  SigningFolder folder_;
};
class UploadSelection : public UploadDiscovery {};

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
  EXPECT_THAT(script.error, HasSubstr("--yes"));
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

TEST_F(UploadDiscovery, PacksForADeviceThatAnnouncesGzip) {
  const auto kitchen = device({"--name", "kitchen"});
  const Outcome outcome = upload({"app.bin", "127.0.0.1:" + kitchen->port});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("packed " + std::to_string(image_size())));
  EXPECT_LT(kitchen->next("invitation").at("bytes").get<std::size_t>(), image_size());
  EXPECT_EQ(kitchen->next("boot").at("bytes"), image_size());
}

TEST_F(UploadDiscovery, DoesNotPackUnlessThisDeviceAnnouncesGzip) {
  const auto silent = device({"--no-announce"});
  EXPECT_EQ(upload({"app.bin", "127.0.0.1:" + silent->port}).exit_code, 0);
  EXPECT_EQ(silent->next("invitation").at("bytes"), image_size());

  const auto other = device({"--name", "other"});
  const auto target = device({"--no-announce"});
  EXPECT_EQ(upload({"app.bin", "127.0.0.1:" + target->port}).exit_code, 0);
  EXPECT_EQ(target->next("invitation").at("bytes"), image_size());

  EXPECT_EQ(upload({"app.bin", "other", "--gzip", "never"}).exit_code, 0);
  EXPECT_EQ(other->next("invitation").at("bytes"), image_size());
}

TEST_F(UploadDiscovery, SendsSignedPackagesOnlyToDevicesThatAnnounceVerification) {
  const auto plain = device({"--name", "plain"});
  const Outcome refused = upload({"app.bin", "plain", "--gzip", "always", "--sign", "private.key"});
  EXPECT_EQ(refused.exit_code, 7);
  EXPECT_THAT(refused.error, HasSubstr("--assume-verifier"));

  const auto careful =
      device({"--name", "careful", "--bind", "127.0.0.2", "--pubkey", "public.key"});
  const Outcome taken = upload(
      {"app.bin", "127.0.0.2:" + careful->port, "--gzip", "always", "--sign", "private.key"});
  EXPECT_EQ(taken.exit_code, 0) << taken.error;
  EXPECT_EQ(careful->process.wait().exit_code, 0);
}

TEST_F(UploadDiscovery, RefusesASignatureByAKeyOtherThanTheDevices) {
  ASSERT_EQ(folder_.otatool({"keygen", "-o", "other.key", "--pubkey", "other.pub"}).exit_code, 0);
  const auto careful = device({"--name", "careful", "--pubkey", "public.key"});
  for (const std::string& whom : {std::string("careful"), "127.0.0.1:" + careful->port}) {
    const Outcome wrong = upload({"app.bin", whom, "--sign", "other.key"});
    EXPECT_EQ(wrong.exit_code, 8);
    EXPECT_THAT(wrong.error, HasSubstr("verifies with key "));
    EXPECT_THAT(wrong.error, HasSubstr("otatool: hint: sign the image with the key"));
    EXPECT_THAT(wrong.error, Not(HasSubstr("inviting")));
  }
  const Outcome forced =
      upload({"app.bin", "careful", "--sign", "other.key", "--force", "signature"});
  EXPECT_EQ(forced.exit_code, 6) << forced.error;
  const auto other = device({"--name", "other", "--pubkey", "public.key"});
  const Outcome right = upload({"app.bin", "other", "--sign", "private.key"});
  EXPECT_EQ(right.exit_code, 0) << right.error;
}

TEST_F(UploadDiscovery, RecognisesTheKeyThatASignedImageContains) {
  ASSERT_EQ(folder_.otatool({"keygen", "-o", "other.key", "--pubkey", "other.pub"}).exit_code, 0);
  folder_.write("own.bin", sketch(folder_.read("other.pub")));
  ASSERT_EQ(folder_.otatool({"sign", "own.bin", "--key", "other.key"}).exit_code, 0);
  const auto careful = device({"--name", "careful", "--pubkey", "public.key"});
  const Outcome outcome = upload({"own.bin.signed", "careful"});
  EXPECT_EQ(outcome.exit_code, 8);
  EXPECT_THAT(outcome.error, HasSubstr("'careful' verifies with key "));
}

TEST_F(UploadDiscovery, RefusesBeforeSendingWhatTheDeviceWouldRefuse) {
  const auto careful = device({"--name", "careful", "--pubkey", "public.key"});
  const Outcome unsigned_image = upload({"app.bin", "careful"});
  EXPECT_EQ(unsigned_image.exit_code, 8);
  EXPECT_THAT(unsigned_image.error, HasSubstr("'careful' accepts only signed images"));

  const auto small = device({"--name", "small", "--bind", "127.0.0.2", "--size", "512K"});
  support::ArduinoSpec large;
  large.code_size = 480'000;
  folder_.write("large.bin", support::arduino_image(large));
  const Outcome too_large = upload({"large.bin", "small", "--gzip", "never"});
  EXPECT_EQ(too_large.exit_code, 7);
  EXPECT_THAT(too_large.error, HasSubstr("'small' has space for"));
  EXPECT_EQ(upload({"app.bin", "nosuch", "careful", "--dry-run"}).exit_code, 8);
}

}  // namespace
}  // namespace otatool::test
