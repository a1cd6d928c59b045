// `otatool discover` with simulated devices on loopback.
#include <chrono>
#include <csignal>
#include <set>

#include <gmock/gmock.h>

#include "tests/e2e/discover/farm.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;
using Clock = std::chrono::steady_clock;

class Discover : public testing::Test {
 protected:
  std::uint16_t port_ = free_udp_port();
};

TEST_F(Discover, AnEmptyResultIsASuccessAfterTheWholeTimeout) {
  const auto begin = Clock::now();
  const Outcome outcome = run(discover(port_));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.error,
            "no devices found\nhint: the search used only loopback; 'otatool doctor' tests this "
            "computer\n");
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(2'400));
}

TEST_F(Discover, NamesThePackageOfAMissingLibrary) {
  const TemporaryFolder folder;
  folder.write("libavahi-client.so.3", "");  // the loader finds this file first, and refuses it
  ProgramCall call{.program = OTATOOL_BINARY,
                   .arguments = {"discover", "--backend", "avahi", "--timeout", "0.1"}};
  call.environment["LD_LIBRARY_PATH"] = folder.path().string();
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.error, HasSubstr("error: avahi-daemon: libavahi-client is not installed\n"));
  EXPECT_THAT(outcome.error,
              HasSubstr("hint: install the library (Debian: 'apt install "
                        "libavahi-client3'), or search without --backend avahi\n"));
}

TEST_F(Discover, AnEmptyResultIsAnErrorForANameOrFailEmpty) {
  EXPECT_EQ(run(discover(port_, {"--timeout", "0.1", "--fail-empty"})).exit_code, 3);
  const Outcome named = run(discover(port_, {"--timeout", "0.1", "kitchen"}));
  EXPECT_EQ(named.exit_code, 3);
  EXPECT_THAT(named.error, HasSubstr("error: no device 'kitchen' answers on this network\n"));
  const Outcome glob = run(discover(port_, {"--timeout", "0.1", "kitch*"}));
  EXPECT_EQ(glob.exit_code, 0);
  const Outcome empty = run(discover(port_, {"--timeout", "0.1", "--json"}));
  EXPECT_EQ(json::parse(empty.output), json({{"schema", 1}, {"devices", json::array()}}));
}

TEST_F(Discover, PrintsATable) {
  const Farm farm(port_,
                  {"name=kitchen lamp",
                   "host=kitchen.local",
                   "txt=board=\"d1_mini\";auth_upload=yes;ssh_upload=no;gz=1;sig=rsa-sha256;"
                   "keyfp=0011223344556677;ver=0.1.0;space=524288;layout=4m2m"});
  const Outcome outcome = run(discover(port_, first(1)));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.error, "");
  const std::size_t end = outcome.output.find('\n');
  EXPECT_THAT(
      outcome.output.substr(0, end),
      MatchesRegex(
          "NAME +ADDRESS +PORT +BOARD +AUTH +KIND +VERSION +VIA +CAPABILITIES +IFACE +AGE"));
  EXPECT_THAT(
      outcome.output.substr(end + 1),
      MatchesRegex("kitchen lamp  127.1.0.2  8266  d1_mini  yes   espota  -        espota  gzip, "
                   "rsa-sha256 0011223344556677, v0.1.0, 512 KiB free, 4m2m  lo     "
                   "0\\.[0-9] s\n"));
}

TEST_F(Discover, JsonHasEveryField) {
  const Farm farm(port_, {"kind=esp32", "txt=board=\"esp32\";auth_upload=yes;ssh_upload=no;gz=0"});
  const auto devices = discovered(port_, first(1));
  ASSERT_THAT(devices, SizeIs(1));
  const json& device = devices.front();
  EXPECT_EQ(device.at("name"), "esp32-240ac4000000");
  EXPECT_EQ(device.at("type"), "_arduino._tcp");
  EXPECT_EQ(device.at("host"), "esp32-240ac4000000.local");
  EXPECT_EQ(device.at("addresses"),
            json::parse(R"([{"ip": "127.1.0.2", "iface": "lo", "family": "ipv4"}])"));
  EXPECT_EQ(device.at("port"), 3232);
  EXPECT_EQ(device.at("board"), "esp32");
  EXPECT_EQ(device.at("auth"), true);
  EXPECT_EQ(device.at("kind"), "espota");
  EXPECT_EQ(device.at("via"), "espota");
  EXPECT_EQ(device.at("version"), nullptr);
  EXPECT_EQ(device.at("mac"), "240ac4000000");
  EXPECT_EQ(device.at("stale"), false);
  EXPECT_EQ(device.at("txt").at("gz"), "0");
  EXPECT_EQ(device.at("capabilities"), json({{"gzip", false}}));
}

TEST_F(Discover, MissingKeysHaveTheirDefaults) {
  const Farm farm(port_, {"txt=board=uno"});
  const auto devices = discovered(port_, first(1));
  ASSERT_THAT(devices, SizeIs(1));
  EXPECT_EQ(devices.front().at("auth"), false);
  EXPECT_EQ(devices.front().at("kind"), "espota") << "recognised by its port";
}

TEST_F(Discover, ABoardWithSshUploadIsNotEspota) {
  const Farm farm(port_, {"txt=board=yun;ssh_upload=yes;tcp_check=no"});
  const auto devices = discovered(port_, first(1));
  ASSERT_THAT(devices, SizeIs(1));
  EXPECT_EQ(devices.front().at("kind"), "unknown");
}

TEST_F(Discover, EndsAsSoonAsTheNamedDeviceAnswers) {
  const Farm farm(port_, {"count=5"});
  for (const char* name : {"esp32-240ac4000001", "ESP32-240AC4000001.local"}) {
    // A search that lasted for its whole timeout would be killed by the limit of the process.
    const auto devices = discovered(port_, {name, "--timeout", "1000"});
    EXPECT_THAT(names_of(devices), ElementsAre("esp32-240ac4000001"));
  }
}

TEST_F(Discover, TwoDevicesWithOneNameAreTwoRows) {
  const Farm one(port_, {"name=twin", "host=twin.local"});
  const Farm two(port_, {"name=twin", "host=twin.local", "net=2"});
  std::vector<json> devices;
  ASSERT_TRUE(eventually([&] {
    devices = discovered(port_, {"twin"});
    return devices.size() == 2;
  }));
  std::set<std::string> addresses;
  for (const json& device : devices) {
    ASSERT_THAT(device.at("addresses"), SizeIs(1));
    addresses.insert(device.at("addresses").at(0).at("ip"));
  }
  EXPECT_EQ(addresses, (std::set<std::string>{"127.1.0.2", "127.2.0.2"}));
}

TEST_F(Discover, DoctorReportsAnAmbiguousName) {
  const Farm one(port_, {"name=twin", "host=twin.local"});
  const Farm two(port_, {"name=twin", "host=twin.local", "net=2"});
  ProgramCall call = discover(port_, {"--json", "twin"});
  call.arguments.front() = "doctor";
  EXPECT_TRUE(eventually([&call] {
    const Outcome outcome = run(call);
    return outcome.exit_code == 3 &&
           outcome.output.find("2 devices have this name: twin at 127.") != std::string::npos;
  }));
}

TEST_F(Discover, QueriesMissingRecords) {
  const Farm farm(port_, {"count=20", "pointer-only"});
  EXPECT_THAT(discovered(port_, first(20)), SizeIs(20));
}

TEST_F(Discover, RandomPacketsDoNotDisturbTheSearch) {
  Farm farm(port_, {"count=2", "kind=esp8266"});
  Process search(discover(port_, {"--json", "--watch"}));
  const auto next = [&search] {
    const json event = json::parse(search.read_line().value_or("{}"));
    return event.value("event", "") + " " + event.at("device").at("name").get<std::string>();
  };
  EXPECT_THAT((std::set{next(), next()}),
              ElementsAre("found esp8266-000000", "found esp8266-000001"));
  farm.obey("noise 2000");
  const Farm later(port_, {"kind=esp8266", "net=2", "seed=7"});
  EXPECT_EQ(next(), "found esp8266-001b58");
  farm.obey("goodbye 1");
  EXPECT_EQ(next(), "lost esp8266-000001");
  search.send_signal(SIGINT);
  EXPECT_EQ(search.wait().exit_code, 130);
}

TEST_F(Discover, ControlCharactersDoNotReachTheTerminal) {
  const Farm farm(
      port_, {"name=\x1b[2J\x07\xff evil", "host=evil.local", "txt=board=\x1b]0;x;x=\xc2\x9b"});
  const Outcome table = run(discover(port_, first(1)));
  const Outcome document = run(discover(port_, first(1, {"--json"})));
  for (const std::string& text : {table.output, document.output}) {
    EXPECT_THAT(text, HasSubstr("evil"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\x07")));
    EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b")));
    EXPECT_THAT(text, Not(HasSubstr("\xff")));
  }
}

TEST_F(Discover, FindsOtherServiceTypes) {
  const Farm wled(port_,
                  {"type=_wled._tcp", "name=wled", "host=wled.local", "txt=mac=aabbccddeeff"});
  const Farm printer(
      port_, {"type=_http._tcp", "name=printer", "host=printer.local", "net=2", "txt=rp=x"});
  const Farm shelly(port_,
                    {"type=_http._tcp", "name=shelly1", "host=shelly1.local", "net=3", "txt=id=x"});
  EXPECT_THAT(discovered(port_, {"--timeout", "0.5"}), IsEmpty());
  // Each search lasts for its whole timeout, so that unwanted devices have time to show up; it may
  // miss an answer.
  const auto finds = [this](const std::vector<std::string>& arguments,
                            const std::vector<std::string>& names) {
    return eventually([&] { return names_of(discovered(port_, arguments)) == names; });
  };
  EXPECT_TRUE(finds({"--timeout", "0.5", "--all"}, {"shelly1", "wled"}));
  EXPECT_TRUE(finds({"--timeout", "0.5", "--type", "_http._tcp"}, {"printer", "shelly1"}));
  EXPECT_EQ(run(discover(port_, {"--type", "http"})).exit_code, 2);
}

TEST_F(Discover, AsksTheAddressesOfASubnetAndSingleOnes) {
  const Farm farm(port_, {"count=3"});
  const std::vector<std::string> subnet = {"127.1.0.0/29"};
  const std::vector<std::string> both = {"127.1.0.2", "127.1.0.3"};
  EXPECT_TRUE(eventually([&] { return discovered(port_, subnet).size() == 3; }));
  EXPECT_TRUE(eventually([&] { return discovered(port_, both).size() == 2; }));
  EXPECT_EQ(run(discover(port_, {"10.0.0.0/8"})).exit_code, 2);
  const Outcome mixed = run(discover(port_, {"127.1.0.2", "kitchen"}));
  EXPECT_EQ(mixed.exit_code, 2);
  EXPECT_THAT(mixed.error,
              HasSubstr("several arguments must all be addresses or subnets; "
                        "'kitchen' is not"));
}

TEST_F(Discover, VerboseCountsPacketsOnEachInterface) {
  const Farm farm(port_, {"count=2"});
  const Outcome outcome = run(discover(port_, first(2, {"-v"})));
  EXPECT_THAT(
      outcome.error,
      ContainsRegex("lo IPv4 127.0.0.1: [1-9][0-9]* sent, [1-9][0-9]* received, 0 dropped\n"));
  const Outcome traced = run(discover(port_, first(2, {"-vv"})));
  EXPECT_THAT(traced.error, HasSubstr("> one-shot lo ? PTR _arduino._tcp.local\n"));
  EXPECT_THAT(traced.error, HasSubstr("! PTR _arduino._tcp.local, PTR esp8266-000000._arduino"));
}

TEST_F(Discover, AnUnknownInterfaceIsAUsageError) {
  ProgramCall call = discover(port_);
  call.arguments = {"discover", "--iface", "nowhere0"};
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.error,
              ContainsRegex("unknown network interface 'nowhere0'; this computer has .*lo"));
}

TEST_F(Discover, RefusesEmptyNamesAndNamesWithAPort) {
  const Outcome empty = run(discover(port_, {""}));
  EXPECT_EQ(empty.exit_code, 2);
  EXPECT_THAT(empty.error, HasSubstr("the name to search for is empty"));
  for (const char* name : {"kitchen:8266", "192.0.2.7:8266", "[::1]:8266", "kitchen.local:1"}) {
    const Outcome outcome = run(discover(port_, {name}));
    EXPECT_EQ(outcome.exit_code, 2) << name;
    EXPECT_THAT(outcome.error,
                HasSubstr(std::string("'") + name +
                          "': a search takes a name or an address without a port"));
  }
}

TEST_F(Discover, AnAddressInBracketsIsNotAPattern) {
  const Outcome outcome = run(discover(port_, {"[::1%lo]", "--timeout", "0.2"}));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.error, HasSubstr("no device '::1%lo' answers"));
}

TEST_F(Discover, CtrlCListsTheDevicesFoundSoFar) {
  const Farm farm(port_, {"kind=esp8266"});
  for (const bool as_json : {false, true}) {
    ProgramCall call = discover(port_, {"-vv", "--timeout", "1000"});
    if (as_json) {
      call.arguments.emplace_back("--json");
    }
    Process search(call);
    ASSERT_TRUE(search.wait_for_error("! PTR _arduino._tcp.local"));
    search.send_signal(SIGINT);
    const Outcome outcome = search.wait();
    EXPECT_EQ(outcome.exit_code, 130);
    if (as_json) {
      EXPECT_THAT(names_of(json::parse(outcome.output).at("devices")),
                  ElementsAre("esp8266-000000"));
    } else {
      EXPECT_THAT(outcome.output, HasSubstr("esp8266-000000  127.1.0.2"));
    }
  }
}

TEST_F(Discover, CtrlCExitsWith130AndNotWithNotFound) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"kitchen"}, {"--fail-empty"}}) {
    ProgramCall call = discover(port_, {"-vv", "--timeout", "1000", "--json"});
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    Process search(call);
    ASSERT_TRUE(search.wait_for_error("> one-shot lo"));
    search.send_signal(SIGINT);
    const Outcome outcome = search.wait();
    EXPECT_EQ(outcome.exit_code, 130);
    EXPECT_EQ(json::parse(outcome.output), json({{"schema", 1}, {"devices", json::array()}}));
  }
}

TEST_F(Discover, TheAvahiBackendFailsWithoutADaemon) {
  ProgramCall call = discover(port_);
  call.arguments = {"discover", "--backend", "avahi"};
  call.environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nonexistent/bus";
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.error, HasSubstr("error: avahi-daemon: "));
}

}  // namespace
}  // namespace otatool::test
