// `otatool discover` with many devices, lost queries and vanished devices. How soon devices are
// found is tested in virtual time (tests/scripts/mdns) and measured by bench/discover_bench.py.
#include <csignal>

#include <gmock/gmock.h>

#include "tests/e2e/discover/farm.hpp"

namespace otatool::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

TEST(DiscoverMany, RepeatedSearchesFindTheSameDevices) {
  const std::uint16_t port = free_udp_port();
  const Farm farm(port, {"count=10", "one-second"});
  const auto names = names_of(discovered(port, first(10)));
  EXPECT_THAT(names, SizeIs(10));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(names_of(discovered(port, first(10))), names);
  }
}

TEST(DiscoverMany, FindsFifty) {
  const std::uint16_t port = free_udp_port();
  const Farm farm(port, {"count=50"});
  EXPECT_THAT(discovered(port, first(50)), SizeIs(50));
}

TEST(DiscoverMany, FindsFiveHundred) {
  const std::uint16_t port = free_udp_port();
  const Farm farm(port, {"count=500"});
  EXPECT_THAT(discovered(port, first(500)), SizeIs(500));
}

TEST(DiscoverMany, RepeatsQueriesThatDevicesMissed) {
  const std::uint16_t port = free_udp_port();
  for (int seed = 0; seed < 20; ++seed) {
    const Farm farm(port, {"count=50", "loss=30", "seed=" + std::to_string(seed)});
    EXPECT_THAT(discovered(port, first(50)), SizeIs(50)) << "seed " << seed;
  }
}

TEST(DiscoverMany, AVanishedDeviceIsLostLongBeforeItsTtl) {
  const std::uint16_t port = free_udp_port();
  Farm farm(port, {"count=2", "kind=esp8266"});
  ProgramCall call = discover(port, {"--json", "--watch"});
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
