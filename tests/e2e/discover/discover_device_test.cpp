// `otatool discover` lists the capabilities of a running `otatool device`, and drops the device
// after its goodbye.
#include <csignal>

#include <gmock/gmock.h>

#include "tests/e2e/discover/farm.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;

class DiscoverDevice : public testing::Test {
 protected:
  DiscoverDevice() : device_(call()) {
    listening_ = next("listening");
    next("announced");
  }
  ProgramCall call() {
    const std::string key = (folder_ / "private.key").string();
    const std::string pubkey = (folder_ / "public.key").string();
    EXPECT_EQ(
        run({.program = OTATOOL_BINARY, .arguments = {"keygen", "-o", key, "--pubkey", pubkey}})
            .exit_code,
        0);
    return {.program = OTATOOL_BINARY,
            .arguments = {"device",
                          "--json",
                          "--port",
                          "0",
                          "--iface",
                          "lo",
                          "--mdns-port",
                          std::to_string(port_),
                          "--name",
                          "Kitchen light",
                          "--board",
                          "d1_mini",
                          "--pubkey",
                          pubkey}};
  }
  json next(const std::string& event) {
    while (const auto line = device_.read_line()) {
      json object = json::parse(*line);
      if (object.at("event") == event) {
        return object;
      }
    }
    ADD_FAILURE() << "no event '" << event << "'";
    return nullptr;
  }
  void end_device() {
    device_.send_signal(SIGINT);
    EXPECT_EQ(device_.wait().exit_code, 130);
  }
  /// The announced part of the key fingerprint.
  std::string fingerprint() {
    return listening_.at("key_fingerprint").get<std::string>().substr(0, 16);
  }

  std::uint16_t port_ = free_udp_port();
  TemporaryFolder folder_;
  Process device_;
  json listening_;
};

TEST_F(DiscoverDevice, JsonHasEverythingTheDeviceAnnounces) {
  const auto devices = discovered(port_, {"kitchen light", "--timeout", "90"});
  ASSERT_THAT(devices, SizeIs(1));
  const json& found = devices.front();
  EXPECT_EQ(found.at("name"), "Kitchen light");
  EXPECT_EQ(found.at("type"), "_arduino._tcp");
  EXPECT_EQ(found.at("host"), "Kitchen-light.local");
  EXPECT_EQ(found.at("port"), listening_.at("udp"));
  EXPECT_EQ(found.at("board"), "d1_mini");
  EXPECT_EQ(found.at("auth"), false);
  EXPECT_EQ(found.at("kind"), "espota");
  EXPECT_EQ(found.at("addresses"),
            json::parse(R"([{"ip": "127.0.0.1", "iface": "lo", "family": "ipv4"}])"));
  json capabilities = found.at("capabilities");
  EXPECT_THAT(capabilities.at("version").get<std::string>(), MatchesRegex("[0-9]+\\.[0-9.]+"));
  EXPECT_GT(capabilities.at("space"), 1'000'000);
  capabilities.erase("version");
  capabilities.erase("space");
  EXPECT_EQ(capabilities,
            json({{"gzip", true},
                  {"signature", "rsa-sha256"},
                  {"key_fingerprint", fingerprint()},
                  {"layout", "4m2m"},
                  {"chip", "esp8266"}}));
}

TEST_F(DiscoverDevice, TheTableHasOneRowForTheDevice) {
  const Outcome outcome = run(discover(port_, first(1)));
  EXPECT_EQ(outcome.exit_code, 0);
  const std::string row = outcome.output.substr(outcome.output.find('\n') + 1);
  EXPECT_THAT(
      row,
      MatchesRegex("Kitchen light +127.0.0.1 +" + std::to_string(listening_.at("udp").get<int>()) +
                   " +d1_mini +no +espota +- +espota +gzip, rsa-sha256 " + fingerprint() +
                   ", v[0-9.]+, [0-9]+ KiB free, 4m2m +lo +0\\.[0-9] s\n"));
}

TEST_F(DiscoverDevice, IsLostWhenTheDeviceEnds) {
  Process watcher(discover(port_, {"--watch", "--json"}));
  const auto next_event = [&watcher] {
    const auto line = watcher.read_line();
    return line ? json::parse(*line) : json({{"event", "none"}});
  };
  EXPECT_EQ(next_event().at("event"), "found");
  end_device();
  const json lost = next_event();
  EXPECT_EQ(lost.at("event"), "lost");
  EXPECT_EQ(lost.at("device").at("name"), "Kitchen light");
  EXPECT_THAT(discovered(port_, {"--timeout", "0.5"}), IsEmpty());
}

}  // namespace
}  // namespace otatool::test
