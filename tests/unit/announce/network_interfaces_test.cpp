#include "announce/network_interfaces.hpp"

#include <gmock/gmock.h>

#include "announce/asio_announcer.hpp"

namespace otatool::announce {
namespace {

using boost::asio::ip::make_address;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<NetworkInterface> sample() {
  return {{"lo", 1, true, {make_address("127.0.0.1"), make_address("::1")}},
          {"eth0", 2, false, {make_address("192.0.2.7"), make_address("2001:db8::7")}},
          {"wlan0", 3, false, {make_address("198.51.100.7")}}};
}

/// `name address address`, one for each interface.
std::vector<std::string> chosen(const std::string& local, std::vector<std::string> names = {}) {
  const auto all = sample();
  const auto interfaces = interfaces_for(make_address(local), all, names);
  if (!interfaces) {
    return {"error " + interfaces.error().message()};
  }
  std::vector<std::string> lines;
  for (const NetworkInterface& interface : *interfaces) {
    lines.push_back(interface.name);
    for (const auto& address : interface.addresses) {
      lines.back() += " " + address.to_string();
    }
  }
  return lines;
}

TEST(NetworkInterfaces, AnAddressSelectsItsInterface) {
  EXPECT_THAT(chosen("192.0.2.7"), ElementsAre("eth0 192.0.2.7"));
  EXPECT_THAT(chosen("127.0.0.1"), ElementsAre("lo 127.0.0.1"));
  EXPECT_THAT(chosen("127.3.2.1"), ElementsAre("lo 127.3.2.1"));
  EXPECT_THAT(chosen("::1"), ElementsAre("lo ::1"));
  EXPECT_THAT(chosen("203.0.113.1"), IsEmpty());
}

TEST(NetworkInterfaces, AnUnspecifiedAddressSelectsAllButLoopback) {
  EXPECT_THAT(chosen("0.0.0.0"), ElementsAre("eth0 192.0.2.7", "wlan0 198.51.100.7"));
  EXPECT_THAT(chosen("::"), ElementsAre("eth0 192.0.2.7 2001:db8::7", "wlan0 198.51.100.7"));
}

TEST(NetworkInterfaces, LoopbackIsSelectedWithoutOthers) {
  const std::vector<NetworkInterface> alone = {sample().front()};
  const auto interfaces = interfaces_for(make_address("0.0.0.0"), alone, {});
  ASSERT_TRUE(interfaces);
  ASSERT_EQ(interfaces->size(), 1U);
  EXPECT_EQ(interfaces->front().name, "lo");
}

TEST(NetworkInterfaces, NamesSelectInterfaces) {
  EXPECT_THAT(chosen("0.0.0.0", {"wlan0"}), ElementsAre("wlan0 198.51.100.7"));
  EXPECT_THAT(chosen("0.0.0.0", {"lo"}), ElementsAre("lo 127.0.0.1"));
  EXPECT_THAT(chosen("192.0.2.7", {"wlan0"}), IsEmpty());
  EXPECT_THAT(chosen("0.0.0.0", {"wlan1"}),
              ElementsAre("error no interface 'wlan1' that can do multicast"));
}

TEST(NetworkInterfaces, ThisComputerHasLoopback) {
  const auto interfaces = multicast_interfaces();
  const auto loopback = std::find_if(
      interfaces.begin(), interfaces.end(), [](const auto& each) { return each.loopback; });
  if (loopback == interfaces.end()) {
    GTEST_SKIP() << "loopback is down here";
  }
  EXPECT_GT(loopback->index, 0U);
  EXPECT_FALSE(loopback->addresses.empty());
}

TEST(HostLabel, HasOnlyCharactersOfHostNames) {
  EXPECT_EQ(host_label("Küche 2"), "K--che-2");
}

}  // namespace
}  // namespace otatool::announce
