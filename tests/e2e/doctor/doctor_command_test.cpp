// `otatool doctor` in test networks: with a device, without one, behind a firewall, with
// avahi-daemon.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/push/family_program.hpp"
#include "tests/support/avahi.hpp"
#include "tests/support/own_network.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ProgramCall call(std::vector<std::string> arguments) {
  ProgramCall call{.program = OTATOOL_BINARY};
  call.arguments = std::move(arguments);
  return call;
}

/// The document of `otatool doctor --json ARGUMENTS`.
nlohmann::json doctor(std::vector<std::string> arguments, ProgramCall base = call({})) {
  base.arguments = {"doctor", "--json"};
  base.arguments.insert(base.arguments.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run(base);
  auto document = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(document.at("exit"), outcome.exit_code);
  EXPECT_EQ(outcome.error, "");
  return document;
}

/// The first finding of a check; null if there is none.
nlohmann::json find(const nlohmann::json& document, const std::string& check) {
  for (const auto& finding : document.at("findings")) {
    if (finding.at("check") == check) {
      return finding;
    }
  }
  ADD_FAILURE() << "no finding of '" << check << "' in " << document.dump(1);
  return nlohmann::json::object({{"verdict", ""}, {"result", ""}, {"advice", ""}});
}

std::string text(const nlohmann::json& finding, const std::string& field) {
  return finding.at(field).is_null() ? std::string() : finding.at(field).get<std::string>();
}

class Doctor : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_network()) {
      GTEST_SKIP() << *reason;
    }
  }
};

TEST_F(Doctor, WithoutANetworkWarns) {
  const auto document = doctor({});
  EXPECT_TRUE(document.at("host").is_null());
  EXPECT_EQ(document.at("exit"), 0);
  EXPECT_EQ(find(document, "interfaces").at("verdict"), "warning");
  EXPECT_EQ(find(document, "mdns-port").at("result"), "free");
  EXPECT_EQ(find(document, "daemon").at("verdict"), "ok");
}

TEST_F(Doctor, FindsADeviceByAddressAndByName) {
  Process device(
      call({"device", "--port", "0", "--name", "kitchen", "--board", "d1_mini", "--json"}));
  ASSERT_TRUE(device.wait_for_output("announced"));
  for (const std::string host : {"127.0.0.1", "kitchen.local", "KITCHEN"}) {
    const auto document = doctor({host});
    EXPECT_EQ(document.at("host"), host);
    EXPECT_EQ(document.at("exit"), 0) << document.dump(1);
    EXPECT_THAT(text(find(document, "name"), "result"), HasSubstr("127.0.0.1"));
    EXPECT_EQ(text(find(document, "connect-back"), "result"),
              "the device would connect to 127.0.0.1 on lo");
    EXPECT_THAT(text(find(document, "mdns"), "result"),
                StartsWith("kitchen (_arduino._tcp), port"));
    EXPECT_THAT(text(find(document, "mdns"), "result"),
                HasSubstr("board d1_mini, no password, gzip, unsigned"));
    EXPECT_EQ(text(find(document, "espota"), "result"), "announced by the device and open");
    EXPECT_EQ(find(document, "device").at("verdict"), "ok");
    EXPECT_THAT(text(find(document, "mdns-port"), "result"), StartsWith("shared with otatool"));
  }
}

TEST_F(Doctor, DoesNotDisturbTheReceiver) {
  const TemporaryFolder folder;
  Process device(call({"device",
                       "--port",
                       "0",
                       "--name",
                       "kitchen",
                       "--json",
                       "--password-file",
                       folder.write("ota.pw", "secret\n")}));
  ASSERT_TRUE(device.wait_for_output("announced"));
  const auto document = doctor({"kitchen"});
  EXPECT_EQ(document.at("exit"), 0);
  EXPECT_THAT(text(find(document, "mdns"), "result"), HasSubstr("wants a password"));
  device.send_signal(SIGINT);
  const Outcome outcome = device.wait();
  EXPECT_EQ(outcome.output.find("invitation"), std::string::npos);
  EXPECT_EQ(outcome.output.find("error"), std::string::npos);
}

TEST_F(Doctor, ClosedPortsExitWithTheNetworkCode) {
  const auto document = doctor({"127.0.0.1"});
  EXPECT_EQ(document.at("exit"), 5);
  EXPECT_EQ(find(document, "mdns").at("verdict"), "note");
  EXPECT_THAT(text(find(document, "espota"), "result"), StartsWith("closed"));
  EXPECT_EQ(find(document, "device").at("verdict"), "failed");
  EXPECT_THAT(text(find(document, "device"), "advice"), HasSubstr("ArduinoOTA"));
}

TEST_F(Doctor, SaysHowAnUploadReachesADeviceWithAWebServer) {
  FamilyDevice tasmota("tasmota", {"port=80"});
  const auto document = doctor({"127.0.0.1"});
  EXPECT_EQ(document.at("exit"), 0) << document.dump(1);
  EXPECT_THAT(text(find(document, "web"), "result"), StartsWith("Tasmota 15.2.0"));
  EXPECT_THAT(text(find(document, "web"), "advice"), HasSubstr("otatool upload"));
  EXPECT_THAT(text(find(document, "device"), "result"), HasSubstr("upload uses the web form of"));
  EXPECT_EQ(tasmota.end().find("forbidden"), std::string::npos);
}

TEST_F(Doctor, AnUnknownNameExitsWithItsCode) {
  const auto document = doctor({"nosuch.local"});
  EXPECT_EQ(document.at("exit"), 3);
  EXPECT_EQ(find(document, "name").at("verdict"), "failed");
}

TEST_F(Doctor, NoRouteExitsWithTheNetworkCode) {
  const auto document = doctor({"192.0.2.1"});
  EXPECT_EQ(document.at("exit"), 5);
  EXPECT_EQ(find(document, "connect-back").at("verdict"), "failed");
}

TEST_F(Doctor, PrintsLinesWithAdvice) {
  const Outcome outcome = run(call({"doctor", "127.0.0.1"}));
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.output, HasSubstr("failed   summary: 127.0.0.1 is on, but takes no"));
  EXPECT_THAT(outcome.output, HasSubstr("\n         to do: "));
  EXPECT_EQ(run(call({"doctor", "kitchen:99999"})).exit_code, 2);
  EXPECT_EQ(run(call({"doctor", "one", "two"})).exit_code, 2);
}

/// The rules of a usual desktop: they accept loopback, replies and mDNS and drop other packets.
constexpr std::string_view kFirewall = R"(table inet guard {
 chain input {
  type filter hook input priority 0; policy drop;
  iif lo accept
  ct state established,related accept
  ip daddr 224.0.0.251 udp dport 5353 accept
 }
}
)";

TEST_F(Doctor, NoticesAFirewallWithoutPermissionToReadItsRules) {
  const Outcome cable = run_there(
      "ip link add va type veth peer name vb; ip addr add 192.0.2.7/24 dev va;"
      "ip link set va up; ip link set vb up");
  if (is_not_permitted(cable)) {
    GTEST_SKIP() << "no virtual cable: " << cable.error;
  }
  ASSERT_EQ(cable.exit_code, 0) << cable.error;
  const auto open = doctor({});
  EXPECT_EQ(find(open, "interfaces").at("verdict"), "ok");
  EXPECT_EQ(find(open, "firewall").at("verdict"), "ok");
  ASSERT_EQ(run_there("command -v nft").exit_code, 0) << "scripts/install-deps installs nft";
  const TemporaryFolder folder;
  const Outcome rules = run_there("nft -f " + folder.write("rules.nft", kFirewall));
  if (is_not_permitted(rules)) {
    GTEST_SKIP() << "no firewall: " << rules.error;
  }
  ASSERT_EQ(rules.exit_code, 0) << rules.error;
  const auto guarded = doctor({});
  EXPECT_EQ(find(guarded, "firewall").at("verdict"), "warning");
  EXPECT_THAT(text(find(guarded, "firewall"), "result"),
              HasSubstr("accepts mDNS and drops other packets"));
  EXPECT_THAT(text(find(guarded, "firewall"), "advice"), HasSubstr("--host-port 8267"));
  EXPECT_THAT(text(find(guarded, "firewall"), "advice"),
              HasSubstr("sudo nft insert rule inet filter input tcp dport 8267 accept"));
  EXPECT_THAT(text(find(guarded, "rules"), "result"),
              AllOf(HasSubstr("connections from devices dropped by inet guard input"),
                    HasSubstr("replies by UDP accepted, mDNS accepted")));
  const auto host = doctor({"192.0.2.99"});
  EXPECT_EQ(host.at("exit"), 5);
  EXPECT_EQ(find(host, "connect-back").at("verdict"), "warning");
  const std::string command =
      "nft insert rule inet guard input ip saddr 192.0.2.99 tcp dport 8267 accept";
  EXPECT_THAT(text(find(host, "connect-back"), "advice"), HasSubstr("sudo " + command));
  // The rules are those that the advice changes.
  ASSERT_EQ(run_there(command).exit_code, 0);
  EXPECT_EQ(text(find(doctor({"192.0.2.99"}), "connect-back"), "advice"),
            "upload with --host-port 8267, which the rules accept");
  EXPECT_THAT(text(find(host, "device"), "result"), HasSubstr("does not reply"));
}

TEST(DoctorBesideAvahi, NamesTheDaemonAtThePort) {
  if (const auto reason = enter_own_system()) {
    GTEST_SKIP() << *reason;
  }
  const AvahiDaemon avahi;
  ProgramCall base = call({});
  base.environment["DBUS_SYSTEM_BUS_ADDRESS"] = avahi.bus_address();
  const auto document = doctor({}, base);
  EXPECT_EQ(find(document, "mdns-port").at("result"), "shared with avahi-daemon");
  EXPECT_THAT(text(find(document, "daemon"), "result"), StartsWith("runs;"));
}

}  // namespace
}  // namespace otatool::test
