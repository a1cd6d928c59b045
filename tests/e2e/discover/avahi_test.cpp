// `otatool discover` next to a real avahi-daemon, in a separate network and mount namespace.
#include "tests/support/avahi.hpp"

#include <memory>

#include <gmock/gmock.h>

#include "tests/e2e/discover/farm.hpp"
#include "tests/support/own_network.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint16_t kPort = 5353;

class DiscoverBesideAvahi : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = enter_own_system()) {
      GTEST_SKIP() << *reason;
    }
    daemon_ = std::make_unique<AvahiDaemon>();
  }

  [[nodiscard]] Outcome discover_with(std::vector<std::string> arguments) const {
    ProgramCall call{.program = OTATOOL_BINARY};
    call.arguments = {"discover", "--json"};
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    call.environment["DBUS_SYSTEM_BUS_ADDRESS"] = daemon_->bus_address();
    return run(call);
  }
  [[nodiscard]] std::vector<json> devices(std::vector<std::string> arguments) const {
    const Outcome outcome = discover_with(std::move(arguments));
    const auto document = json::parse(outcome.output, nullptr, false);
    if (document.is_discarded() || !document.contains("devices")) {
      ADD_FAILURE() << outcome.exit_code << outcome.output << outcome.error;
      return {};
    }
    return document.at("devices").get<std::vector<json>>();
  }
  [[nodiscard]] std::string avahi_browse() const {
    return run(daemon_->call("avahi-browse", {"-rpt", "_arduino._tcp"})).output;
  }

  std::unique_ptr<AvahiDaemon> daemon_;
};

TEST_F(DiscoverBesideAvahi, FindsAServiceThatTheDaemonPublishes) {
  Process publisher(daemon_->call("avahi-publish",
                                  {"-s",
                                   "esp8266-0a0b0c",
                                   "_arduino._tcp",
                                   "8266",
                                   "tcp_check=no",
                                   "ssh_upload=no",
                                   "board=d1_mini",
                                   "auth_upload=yes"}));
  ASSERT_TRUE(publisher.wait_for_error("Established"));
  // The daemon answers no query from its own address, and on loopback all queries come from there:
  // the device is found only through the daemon's D-Bus interface.
  for (const char* const backend : {"auto", "avahi"}) {
    std::vector<json> found;
    ASSERT_TRUE(eventually([&] {
      found = devices({"--backend", backend});
      return found.size() == 1;
    })) << backend;
    EXPECT_EQ(found.front().at("name"), "esp8266-0a0b0c") << backend;
    EXPECT_EQ(found.front().at("board"), "d1_mini") << backend;
    EXPECT_EQ(found.front().at("auth"), true) << backend;
    EXPECT_EQ(found.front().at("stale"), false) << backend;
    EXPECT_EQ(found.front().at("addresses").at(0).at("ip"), "127.0.0.1") << backend;
  }
}

TEST_F(DiscoverBesideAvahi, ADeviceInTheDaemonsCacheOnlyIsStale) {
  for (const char* const backend : {"auto", "avahi"}) {
    std::vector<json> with_ghosts;
    // The daemon forgets devices that do not answer, so each attempt begins with new devices.
    ASSERT_TRUE(eventually([&] {
      Farm farm(kPort, {"count=3", "kind=esp8266"});
      const std::string known = "=;lo;IPv4;esp8266-000001;";
      if (avahi_browse().find(known) == std::string::npos) {
        return false;
      }
      farm.obey("vanish 0");
      farm.obey("vanish 1");
      if (avahi_browse().find(known) == std::string::npos) {
        return false;
      }
      EXPECT_THAT(names_of(devices(first(1, {"--backend", backend}))),
                  ElementsAre("esp8266-000002"))
          << backend;
      EXPECT_EQ(discover_with({"--backend", backend, "esp8266-000001"}).exit_code, 3);
      with_ghosts = devices({"--backend", backend, "--stale"});
      return with_ghosts.size() == 3;
    })) << backend;
    EXPECT_EQ(with_ghosts[0].at("stale"), false);
    EXPECT_EQ(with_ghosts[1].at("stale"), true);
    EXPECT_EQ(with_ghosts[2].at("stale"), true);
    EXPECT_EQ(with_ghosts[1].at("addresses").at(0).at("ip"), "127.1.0.2") << backend;
  }
}

TEST_F(DiscoverBesideAvahi, FindsFiftyWithEachBackend) {
  const Farm farm(kPort, {"count=50"});
  for (const char* const backend : {"auto", "native", "avahi"}) {
    EXPECT_THAT(devices(first(50, {"--backend", backend})), SizeIs(50)) << backend;
  }
}

TEST_F(DiscoverBesideAvahi, ABusThatHangsDoesNotDelayTheSearch) {
  const Farm farm(kPort, {"count=2"});
  // Clients of this bus wait until the end of the test.
  const TemporaryFolder folder;
  ProgramCall listener{.program = "/usr/bin/python3"};
  const std::string path = (folder / "bus").string();
  listener.arguments = {"-c",
                        "import socket,time;s=socket.socket(socket.AF_UNIX);s.bind('" + path +
                            "');s.listen(9);print('up',flush=True);time.sleep(1000)"};
  Process hanging(listener);
  ASSERT_EQ(hanging.read_line(), "up");
  ProgramCall call{.program = OTATOOL_BINARY};
  call.arguments = {"discover", "--json"};
  call.environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=" + path;
  // The detached thread that waits for the bus has not released its memory.
  call.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  // The end of a search waits for the bus neither after its timeout nor after its last device.
  ProgramCall brief = call;
  brief.arguments.insert(brief.arguments.end(), {"--timeout", "0.5"});
  EXPECT_EQ(run(brief).exit_code, 0);
  call.arguments = first(2, std::move(call.arguments));
  const Outcome outcome = run(call);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(json::parse(outcome.output).at("devices"), SizeIs(2));
}

}  // namespace
}  // namespace otatool::test
