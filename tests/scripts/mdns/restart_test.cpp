// Searches for one device by name while it restarts: after its goodbye, after a new announcement,
// or before the announcement is complete.
#include <gmock/gmock.h>

#include "tests/support/mdns_network.hpp"

namespace otatool::test {
namespace {

using namespace mdns;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Ipv4 kAddress{{10, 0, 0, 2}};
const Origin kOrigin{1, "eth1", Ip(kAddress)};

Querier::Plan search_for(const std::string& name) {
  Querier::Plan plan = plan_for({"_arduino._tcp"});
  plan.names = {name};
  return plan;
}

std::size_t add_kitchen(MdnsNetwork& network) {
  ResponderProfile profile;
  profile.addresses = {kAddress};
  return network.add(std::move(profile));
}

/// The only device that was found, by its address.
void expect_found(const MdnsNetwork& network) {
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_EQ(network.devices().front().name, "kitchen");
  EXPECT_EQ(best_address(network.devices().front()), "10.0.0.2");
}

TEST(MdnsRestart, WaitsAgainForADeviceThatSaidGoodbye) {
  MdnsNetwork network(search_for("kitchen"));
  const std::size_t device = add_kitchen(network);
  network.remove(device, Millis(50));
  network.inject(Millis(50), network.responder(device).goodbye(), kOrigin);
  network.inject(Millis(700), network.responder(device).announcement(), kOrigin);
  network.run();
  expect_found(network);
  EXPECT_GE(network.now(), Millis(700));
  EXPECT_LE(network.now(), Millis(900));
  EXPECT_THAT(network.changes(), ElementsAre("found kitchen"));
}

TEST(MdnsRestart, ALongRestartIsReportedAsLostAndFound) {
  MdnsNetwork network(search_for("kitchen.local"));
  const std::size_t device = add_kitchen(network);
  network.remove(device, Millis(50));
  network.inject(Millis(50), network.responder(device).goodbye(), kOrigin);
  network.inject(Millis(1'500), network.responder(device).announcement(), kOrigin);
  network.run();
  expect_found(network);
  EXPECT_LE(network.now(), Millis(1'700));
  EXPECT_THAT(network.changes(), ElementsAre("found kitchen", "lost kitchen", "found kitchen"));
}

TEST(MdnsRestart, ADeviceAfterItsGoodbyeIsNotListed) {
  MdnsNetwork network(search_for("kitchen"));
  const std::size_t device = add_kitchen(network);
  network.remove(device, Millis(50));
  network.inject(Millis(50), network.responder(device).goodbye(), kOrigin);
  network.run();
  EXPECT_EQ(network.now(), Millis(2'500));
  EXPECT_THAT(network.devices(), IsEmpty());
}

TEST(MdnsRestart, AGoodbyeRightBeforeTheEndCounts) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  const std::size_t device = add_kitchen(network);
  network.remove(device, Millis(2'400));
  network.inject(Millis(2'400), network.responder(device).goodbye(), kOrigin);
  network.run();
  EXPECT_THAT(network.devices(), IsEmpty());
}

TEST(MdnsRestart, ADeviceWithoutAnAddressIsNotFound) {
  MdnsNetwork network(search_for("kitchen"));
  // Some responders send the address of another interface than the one that they answer on.
  ResponderProfile profile;
  profile.addresses = {Ipv4{{127, 0, 0, 1}}};
  network.add(profile, Ip(kAddress));
  profile.addresses = {kAddress};
  const MdnsResponder self(profile, 1);
  network.inject(Millis(1'000), self.announcement(), kOrigin);
  network.run();
  expect_found(network);
  EXPECT_GE(network.now(), Millis(1'000));
  EXPECT_LE(network.now(), Millis(1'200));
}

TEST(MdnsRestart, AHostWithoutAnAddressIsNotFound) {
  MdnsNetwork network(search_for("printer"));
  ResponderProfile profile{.name = "printer", .type = "_ipp._tcp", .host = "printer.local"};
  profile.addresses = {Ipv4{{127, 0, 0, 1}}};
  network.add(profile, Ip(kAddress));
  profile.addresses = {kAddress};
  const MdnsResponder self(profile, 1);
  network.inject(Millis(1'000), self.announcement(), kOrigin);
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_EQ(best_address(network.devices().front()), "10.0.0.2");
}

}  // namespace
}  // namespace otatool::test
