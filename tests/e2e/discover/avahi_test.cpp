// `otatool discover` beside a real avahi-daemon, in namespaces of their own.
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

TEST_F(DiscoverBesideAvahi, SeesWhatTheDaemonPublishes) {
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
  // The daemon answers no question that comes from its own address, as on loopback all do: here
  // only the daemon itself can tell.
  for (const char* const backend : {"auto", "avahi"}) {
    const auto found = devices({"--backend", backend});
    ASSERT_THAT(found, SizeIs(1)) << backend;
    EXPECT_EQ(found.front().at("name"), "esp8266-0a0b0c") << backend;
    EXPECT_EQ(found.front().at("board"), "d1_mini") << backend;
    EXPECT_EQ(found.front().at("auth"), true) << backend;
    EXPECT_EQ(found.front().at("stale"), false) << backend;
    EXPECT_EQ(found.front().at("addresses").at(0).at("ip"), "127.0.0.1") << backend;
  }
}

TEST_F(DiscoverBesideAvahi, AGhostOfItsCacheIsNeverPresent) {
  Farm farm(kPort, {"count=3", "kind=esp8266"});
  ASSERT_THAT(avahi_browse(), HasSubstr("=;lo;IPv4;esp8266-000001;"));
  farm.obey("vanish 0");
  farm.obey("vanish 1");
  ASSERT_THAT(avahi_browse(), HasSubstr("=;lo;IPv4;esp8266-000001;")) << "the daemon remembers it";
  for (const char* const backend : {"auto", "avahi"}) {
    EXPECT_THAT(names_of(devices({"--backend", backend})), ElementsAre("esp8266-000002"))
        << backend;
    EXPECT_EQ(discover_with({"--backend", backend, "esp8266-000001"}).exit_code, 3);
    const auto with_ghosts = devices({"--backend", backend, "--stale"});
    ASSERT_THAT(with_ghosts, SizeIs(3)) << backend;
    EXPECT_EQ(with_ghosts[0].at("stale"), false);
    EXPECT_EQ(with_ghosts[1].at("stale"), true);
    EXPECT_EQ(with_ghosts[2].at("stale"), true);
    EXPECT_EQ(with_ghosts[1].at("addresses").at(0).at("ip"), "127.1.0.2") << backend;
  }
}

TEST_F(DiscoverBesideAvahi, FindsFiftyWithEachBackend) {
  const Farm farm(kPort, {"count=50"});
  for (const char* const backend : {"auto", "native", "avahi"}) {
    EXPECT_THAT(devices({"--backend", backend, "--count", "50", "--timeout", "15"}), SizeIs(50))
        << backend;
  }
}

TEST_F(DiscoverBesideAvahi, ADaemonThatHangsDelaysNobody) {
  const Farm farm(kPort, {"count=2"});
  // Whoever connects to this bus waits for ever.
  const TemporaryFolder folder;
  ProgramCall listener{.program = "/usr/bin/python3"};
  const std::string path = (folder / "bus").string();
  listener.arguments = {"-c",
                        "import socket,time;s=socket.socket(socket.AF_UNIX);s.bind('" + path +
                            "');s.listen(9);print('up',flush=True);time.sleep(60)"};
  Process hanging(listener);
  ASSERT_EQ(hanging.read_line(), "up");
  ProgramCall call{.program = OTATOOL_BINARY};
  call.arguments = {"discover", "--json", "--timeout", "1"};
  call.environment["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=" + path;
  // A detached thread that waits for the bus still holds its memory.
  call.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  call.timeout = std::chrono::seconds(8);
  const Outcome outcome = run(call);
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(json::parse(outcome.output).at("devices"), SizeIs(2));
}

}  // namespace
}  // namespace otatool::test
