#include "cli/discover/no_device_hint.hpp"

#include <array>

#include <gmock/gmock.h>

namespace otatool::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

mdns::LinkReport link(const std::string& interface, std::size_t sent, std::size_t looped) {
  mdns::LinkReport report;
  report.interface = interface;
  report.loopback = interface == "lo";
  report.sent = sent;
  report.looped = looped;
  return report;
}

TEST(NoDeviceHint, NamesDoctorInEachCase) {
  EXPECT_THAT(no_device_hint({}), HasSubstr("'otatool doctor'"));
  EXPECT_THAT(no_device_hint(std::array{link("eth0", 7, 7)}), HasSubstr("'otatool doctor'"));
}

TEST(NoDeviceHint, OnlyLoopback) {
  EXPECT_THAT(no_device_hint(std::array{link("lo", 7, 7)}), HasSubstr("only loopback"));
}

TEST(NoDeviceHint, NoQueryWasSent) {
  EXPECT_THAT(no_device_hint(std::array{link("lo", 7, 7), link("eth0", 0, 0)}),
              HasSubstr("no query could be sent on eth0;"));
}

TEST(NoDeviceHint, AFirewallDropsTheQueriesThatComeBackIn) {
  EXPECT_THAT(no_device_hint(std::array{link("lo", 7, 7), link("eth0", 7, 0)}),
              HasSubstr("a firewall on this computer seems to drop mDNS on eth0;"));
}

TEST(NoDeviceHint, NothingReplied) {
  const std::string hint = no_device_hint(std::array{link("eth0", 7, 7), link("eth0", 7, 0)});
  EXPECT_THAT(hint, HasSubstr("queries left on eth0, but nothing replied"));
  EXPECT_THAT(hint, HasSubstr("'otatool discover ADDRESS'"));
  EXPECT_THAT(hint, Not(HasSubstr("firewall")));
}

}  // namespace
}  // namespace otatool::cli
