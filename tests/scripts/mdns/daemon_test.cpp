// How answers of avahi-daemon contribute to a search.
#include <gmock/gmock.h>

#include "tests/support/mdns_network.hpp"

namespace otatool::test {
namespace {

using namespace mdns;
using testing::IsEmpty;
using testing::SizeIs;

DaemonAnswered daemon_answer(const ResponderProfile& profile, bool cached) {
  return {read_message(MdnsResponder(profile, 1).announcement()).value(),
          {kUnicastLink, "eth1", Ip(profile.addresses.front())},
          cached};
}

TEST(MdnsDaemon, AFreshAnswerIsADevice) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.inject(Millis(100), daemon_answer(esp8266_profile(1, {{10, 0, 0, 1}}), false));
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_FALSE(network.devices().front().stale);
}

TEST(MdnsDaemon, ACachedDeviceThatDoesNotAnswerTheProbeIsStale) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.inject(Millis(5), daemon_answer(esp8266_profile(1, {{10, 0, 0, 1}}), true));
  network.run();
  EXPECT_THAT(network.changes(), IsEmpty());
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_TRUE(network.devices().front().stale);
  EXPECT_EQ(best_address(network.devices().front()), "10.0.0.1");
  EXPECT_TRUE(std::ranges::any_of(network.sent(), [](const Transmission& each) {
    return each.path == Path::Unicast && each.destination == "10.0.0.1";
  }));
}

TEST(MdnsDaemon, ACachedDeviceThatAnswersTheProbeIsPresent) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}, 0));  // the daemon alone: no queries of our own
  const ResponderProfile profile = esp8266_profile(1, {{10, 0, 0, 1}});
  network.add(profile, Ip(profile.addresses.front()), {});
  network.inject(Millis(5), daemon_answer(profile, true));
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_FALSE(network.devices().front().stale);
  EXPECT_THAT(network.changes(), SizeIs(1));
}

TEST(MdnsDaemon, ACachedNameIsProbedOnceItsAddressIsKnown) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}, 0));
  const ResponderProfile profile = esp8266_profile(1, {{10, 0, 0, 1}});
  network.add(profile, Ip(profile.addresses.front()), {});
  DaemonAnswered name_alone = daemon_answer(profile, true);
  name_alone.message.answers.resize(1);
  network.inject(Millis(5), name_alone);
  network.inject(Millis(8), daemon_answer(profile, true));
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_FALSE(network.devices().front().stale);
}

TEST(MdnsDaemon, TheDevicesOwnAddressReplacesACachedOne) {
  for (const Millis when : {Millis(1), Millis(1'500)}) {
    MdnsNetwork network(plan_for({"_arduino._tcp"}));
    network.add(esp8266_profile(1, {{10, 0, 0, 2}}));
    network.inject(when, daemon_answer(esp8266_profile(1, {{10, 0, 0, 1}}), true));
    network.run();
    ASSERT_THAT(network.devices(), SizeIs(1));
    const Device device = network.devices().front();
    EXPECT_FALSE(device.stale);
    ASSERT_THAT(device.addresses, SizeIs(1));
    EXPECT_EQ(device.addresses.front().ip, "10.0.0.2");
  }
}

TEST(MdnsDaemon, StaleDevicesDoNotCountTowardsTheCount) {
  Querier::Plan plan = plan_for({"_arduino._tcp"});
  plan.count = 1;
  plan.names = {"esp8266-000001"};
  MdnsNetwork network(std::move(plan));
  network.inject(Millis(5), daemon_answer(esp8266_profile(1, {{10, 0, 0, 1}}), true));
  network.run();
  EXPECT_EQ(network.now(), Millis(2'500));
}

}  // namespace
}  // namespace otatool::test
