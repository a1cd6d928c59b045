// `otatool discover --watch`: its events, and when it ends.
#include <csignal>

#include <gmock/gmock.h>

#include "tests/e2e/discover/farm.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::MatchesRegex;

class DiscoverWatch : public testing::Test {
 protected:
  [[nodiscard]] ProgramCall watch(std::vector<std::string> arguments) const {
    arguments.emplace_back("--watch");
    return discover(port_, std::move(arguments));
  }
  static std::pair<std::string, std::string> next(Process& process) {
    const auto line = process.read_line();
    if (!line) {
      ADD_FAILURE() << "no further event";
      return {};
    }
    const json event = json::parse(*line);
    return {event.at("event"), event.at("device").at("name")};
  }

  std::uint16_t port_ = free_udp_port();
};

using Event = std::pair<std::string, std::string>;

TEST_F(DiscoverWatch, PrintsAnEventForEachDeviceAndForItsGoodbye) {
  Farm farm(port_, {"kind=esp8266"});
  Process process(watch({"--json"}));
  EXPECT_EQ(next(process), Event("found", "esp8266-000000"));
  const Farm later(port_, {"kind=esp8266", "net=2", "seed=7"});
  EXPECT_EQ(next(process), Event("found", "esp8266-001b58"));
  farm.obey("goodbye 0");
  EXPECT_EQ(next(process), Event("lost", "esp8266-000000"));
  process.send_signal(SIGINT);
  EXPECT_EQ(process.wait().exit_code, 130);
}

TEST_F(DiscoverWatch, PrintsEventsAsText) {
  const Farm farm(port_, {"kind=esp8266"});
  const Outcome outcome = run(watch({"--count", "1"}));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output,
              MatchesRegex("[0-9][0-9]:[0-9][0-9]:[0-9][0-9] found   esp8266-000000 127.1.0.2 port "
                           "8266 \\(espota, d1_mini\\)\n"));
}

TEST_F(DiscoverWatch, ALostDeviceHasTimeAndAddress) {
  Farm farm(port_, {"kind=esp8266"});
  Process process(watch({}));
  ASSERT_TRUE(process.wait_for_output("found"));
  farm.obey("goodbye 0");
  ASSERT_TRUE(process.wait_for_output("lost"));
  process.send_signal(SIGINT);
  EXPECT_THAT(
      process.wait().output,
      ContainsRegex("[0-9][0-9]:[0-9][0-9]:[0-9][0-9] lost    esp8266-000000 127.1.0.2 port "));
}

TEST_F(DiscoverWatch, EndsWithItsTimeout) {
  EXPECT_EQ(run(watch({"--timeout", "0.2"})).exit_code, 0);
}

TEST_F(DiscoverWatch, EndsAfterCountDevices) {
  const Farm farm(port_, {"count=3"});
  EXPECT_EQ(run(watch({"--count", "3"})).exit_code, 0);
}

}  // namespace
}  // namespace otatool::test
