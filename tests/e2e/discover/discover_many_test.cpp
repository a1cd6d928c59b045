// What `otatool discover` needs seconds for: many devices, losses, repetition, silence.
#include <csignal>

#include <gmock/gmock.h>

#include "tests/e2e/discover/farm.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

TEST(DiscoverMany, RunsBackToBackGiveTheSame) {
  const std::uint16_t port = free_udp_port();
  const Farm farm(port, {"count=10", "one-second"});
  const auto first = names_of(discovered(port));
  EXPECT_THAT(first, SizeIs(10));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(names_of(discovered(port)), first);
  }
}

TEST(DiscoverMany, FindsFiftyFast) {
  const std::uint16_t port = free_udp_port();
  const Farm farm(port, {"count=50"});
  const auto devices = discovered(port);
  ASSERT_THAT(devices, SizeIs(50));
  for (const json& device : devices) {
    EXPECT_LE(device.at("first_seconds"), 1.0) << device.at("name");
  }
}

TEST(DiscoverMany, FindsFiveHundred) {
  const std::uint16_t port = free_udp_port();
  const Farm farm(port, {"count=500"});
  EXPECT_THAT(discovered(port, {"--timeout", "60", "--count", "500"}), SizeIs(500));
}

TEST(DiscoverMany, LostQueriesAreRepeated) {
  const std::uint16_t port = free_udp_port();
  for (int seed = 0; seed < 20; ++seed) {
    const Farm farm(port, {"count=50", "loss=30", "seed=" + std::to_string(seed)});
    EXPECT_GE(discovered(port, {"--timeout", "1.5", "--count", "50"}).size(), 49U) << seed;
  }
}

TEST(DiscoverMany, ADeviceWithoutPowerIsLostLongBeforeItsTtl) {
  const std::uint16_t port = free_udp_port();
  Farm farm(port, {"count=2", "kind=esp8266"});
  ProgramCall call = discover(port, {"--json", "--watch"});
  call.timeout = std::chrono::seconds(60);
  Process process(call);
  static_cast<void>(process.read_line());
  static_cast<void>(process.read_line());
  farm.obey("vanish 1");
  const auto line = process.read_line();
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr(R"("event":"lost")"));
  EXPECT_THAT(*line, HasSubstr("esp8266-000001"));
  process.send_signal(SIGTERM);
  EXPECT_EQ(process.wait().exit_code, 130);
}

}  // namespace
}  // namespace otatool::test
