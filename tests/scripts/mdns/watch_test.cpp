#include <gmock/gmock.h>

#include "tests/support/mdns_network.hpp"

namespace otatool::test {
namespace {

using namespace mdns;
using testing::ElementsAre;
using testing::SizeIs;

Querier::Plan watch_plan() {
  Querier::Plan plan = plan_for({"_arduino._tcp"});
  plan.watch = true;
  return plan;
}

TEST(MdnsWatch, DoesNotEndAndReportsEachDeviceOnce) {
  MdnsNetwork network(watch_plan());
  network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.add(esp32_profile(2, {{10, 0, 0, 2}}));
  network.run(Millis(300'000));
  EXPECT_FALSE(network.done());
  EXPECT_THAT(network.changes(), ElementsAre("found esp8266-000001", "found esp32-240ac4000002"));
}

TEST(MdnsWatch, AVanishedDeviceIsLostAfterTwoRoundsAndAProbe) {
  MdnsNetwork network(watch_plan());
  const std::size_t device = network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.remove(device, Millis(21'000));
  network.run(Millis(60'000));
  ASSERT_THAT(network.changes(), ElementsAre("found esp8266-000001", "lost esp8266-000001"));
  // The device last answered a query of the round that began at 20 s.
  EXPECT_GE(network.change_times().back(), Millis(30'000));
  EXPECT_LE(network.change_times().back(), Millis(34'000));
  std::size_t probes = 0;
  for (const Transmission& each : network.sent()) {
    if (each.path == Path::Unicast) {
      EXPECT_EQ(each.destination, "10.0.0.1");
      ++probes;
    }
  }
  EXPECT_EQ(probes, 3U);
}

TEST(MdnsWatch, ADeviceThatAnswersOnlyUnicastProbesIsKept) {
  MdnsNetwork network(watch_plan());
  const std::size_t sleepy = network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.run(Millis(3'000));
  ASSERT_THAT(network.changes(), SizeIs(1));
  // From now on the device receives only unicast.
  ResponderProfile deaf = network.responder(sleepy).profile();
  network.remove(sleepy, Millis(3'000));
  network.add(deaf, Ip(Ipv4{{10, 0, 0, 1}}), {});
  network.run(Millis(120'000));
  EXPECT_THAT(network.changes(), ElementsAre("found esp8266-000001"));
}

TEST(MdnsWatch, ManyLostQueriesLoseNoDevice) {
  MdnsNetwork network(watch_plan());
  for (unsigned i = 0; i < 20; ++i) {
    ResponderProfile profile = esp32_profile(i, {{10, 0, 0, static_cast<std::uint8_t>(i + 1)}});
    profile.query_loss = 0.3;
    network.add(std::move(profile));
  }
  network.run(Millis(120'000));
  EXPECT_THAT(network.changes(), SizeIs(20));
}

TEST(MdnsWatch, AGoodbyeIsReportedWithinASecond) {
  MdnsNetwork network(watch_plan());
  const std::size_t device = network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.remove(device, Millis(4'000));
  network.inject(
      Millis(4'000), network.responder(device).goodbye(), {1, "eth1", Ip(Ipv4{{10, 0, 0, 1}})});
  network.run(Millis(10'000));
  ASSERT_THAT(network.changes(), ElementsAre("found esp8266-000001", "lost esp8266-000001"));
  EXPECT_EQ(network.change_times().back(), Millis(5'000));
}

TEST(MdnsWatch, AGoodbyeFromAnotherAddressIsIgnored) {
  MdnsNetwork network(watch_plan());
  const std::size_t device = network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.inject(
      Millis(4'000), network.responder(device).goodbye(), {1, "eth1", Ip(Ipv4{{10, 0, 0, 66}})});
  network.run(Millis(30'000));
  EXPECT_THAT(network.changes(), ElementsAre("found esp8266-000001"));
}

TEST(MdnsWatch, ADeviceThatReturnsIsFoundAgain) {
  MdnsNetwork network(watch_plan());
  const std::size_t device = network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.remove(device, Millis(6'000));
  network.run(Millis(40'000));
  network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.run(Millis(50'000));
  EXPECT_THAT(network.changes(),
              ElementsAre("found esp8266-000001", "lost esp8266-000001", "found esp8266-000001"));
}

TEST(MdnsWatch, ANewPortIsReportedAsAChange) {
  MdnsNetwork network(watch_plan());
  const std::size_t device = network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.run(Millis(3'000));
  network.remove(device, Millis(3'000));
  ResponderProfile other = network.responder(device).profile();
  other.port = 8277;
  network.add(other);
  network.run(Millis(10'000));
  EXPECT_THAT(network.changes(), ElementsAre("found esp8266-000001", "changed esp8266-000001"));
  EXPECT_EQ(network.devices().front().port, 8277);
}

}  // namespace
}  // namespace otatool::test
