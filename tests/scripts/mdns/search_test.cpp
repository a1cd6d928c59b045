#include <set>

#include <gmock/gmock.h>

#include "tests/support/mdns_network.hpp"

namespace otatool::test {
namespace {

using namespace mdns;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<std::string> kArduino = {"_arduino._tcp"};

Ipv4 address(unsigned number) {
  return {{10,
           0,
           static_cast<std::uint8_t>(number / 250),
           static_cast<std::uint8_t>(number % 250 + 1)}};
}

/// Half ESP8266, half ESP32.
void populate(MdnsNetwork& network, unsigned count, double loss = 0) {
  for (unsigned i = 0; i < count; ++i) {
    ResponderProfile profile =
        i % 2 == 0 ? esp8266_profile(i, address(i)) : esp32_profile(i, address(i));
    profile.query_loss = loss;
    network.add(std::move(profile));
  }
}

TEST(MdnsSearch, ASearchOfAnEmptyNetworkEndsAtItsTimeout) {
  MdnsNetwork network(plan_for(kArduino));
  network.run();
  EXPECT_TRUE(network.done());
  EXPECT_EQ(network.now(), Millis(2'500));
  EXPECT_THAT(network.devices(), IsEmpty());
}

TEST(MdnsSearch, KeepsTheSchedule) {
  Querier querier(plan_for({"_arduino._tcp", "_esphomelib._tcp"}));
  std::vector<std::pair<Millis::rep, Path>> sent;
  for (Millis now(0); now < Millis(2'500); ++now) {
    for (const Transmission& each : querier.next(Tick{}, now).transmissions) {
      sent.emplace_back(now.count(), each.path);
    }
  }
  std::vector<std::pair<Millis::rep, Path>> expected;
  for (const auto& [when, path] : std::multimap<Millis::rep, Path>{{0, Path::Legacy},
                                                                   {20, Path::Shared},
                                                                   {250, Path::Legacy},
                                                                   {400, Path::Shared},
                                                                   {750, Path::Legacy},
                                                                   {1'000, Path::Shared},
                                                                   {2'000, Path::Shared}}) {
    expected.insert(expected.end(), 2, {when, path});  // one packet for each type
  }
  EXPECT_EQ(sent, expected);
}

TEST(MdnsSearch, SendsOneQuestionInEachPacket) {
  MdnsNetwork network(plan_for({"_arduino._tcp", "_esphomelib._tcp"}, 2));
  network.run();
  for (const Transmission& each : network.sent()) {
    const Message message = read_message(each.packet).value();
    EXPECT_FALSE(message.response);
    EXPECT_THAT(message.questions, SizeIs(1));
    EXPECT_FALSE(message.questions.front().unicast_reply);
    EXPECT_EQ(message.id != 0, each.path == Path::Legacy);
  }
}

TEST(MdnsSearch, FindsOneDeviceWithAllItsRecords) {
  MdnsNetwork network(plan_for(kArduino));
  network.add(esp32_profile(0x0A0B0C, address(6)));
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  const Device device = network.devices().front();
  EXPECT_EQ(device.name, "esp32-240ac40a0b0c");
  EXPECT_EQ(device.type, "_arduino._tcp");
  EXPECT_EQ(device.host, "esp32-240ac40a0b0c.local");
  EXPECT_EQ(device.port, 3232);
  EXPECT_EQ(device.board, "esp32");
  EXPECT_EQ(device.auth, true);
  EXPECT_EQ(device.kind, Kind::Espota);
  EXPECT_EQ(device.mac, "240ac40a0b0c");
  EXPECT_THAT(device.addresses, ElementsAre(DeviceAddress{"10.0.0.7", "eth1", false}));
  EXPECT_LE(device.first_heard, Millis(110));
  EXPECT_EQ(device.heard_from, "10.0.0.7");
}

TEST(MdnsSearch, FindsFiftyWithinTheirDelay) {
  MdnsNetwork network(plan_for(kArduino));
  populate(network, 50);
  network.run();
  EXPECT_THAT(network.devices(), SizeIs(50));
  EXPECT_LE(network.last_found(), Millis(110));
}

TEST(MdnsSearch, FindsFiveHundred) {
  MdnsNetwork network(plan_for(kArduino));
  populate(network, 500);
  network.run();
  EXPECT_THAT(network.devices(), SizeIs(500));
  EXPECT_LE(network.last_found(), Millis(110));
  for (const Transmission& each : network.sent()) {
    EXPECT_LE(each.packet.size(), kLargestPacket) << "with any number of known answers";
  }
}

TEST(MdnsSearch, ToleratesLostQueries) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    MdnsNetwork network(plan_for(kArduino));
    for (unsigned i = 0; i < 50; ++i) {
      ResponderProfile profile = esp32_profile(seed * 50 + i, address(i));
      profile.query_loss = 0.3;
      network.add(std::move(profile));
    }
    network.run(Millis(1'500));
    EXPECT_GE(network.devices().size(), 49U) << "seed " << seed;
  }
}

TEST(MdnsSearch, FindsAllDevicesBehindAFirewallThatDropsUnicastAnswers) {
  MdnsNetwork network(plan_for(kArduino));
  network.drop_unicast_answers();
  populate(network, 50);
  network.run();
  EXPECT_THAT(network.devices(), SizeIs(50));
  EXPECT_LE(network.last_found(), Millis(130));
}

TEST(MdnsSearch, FindsAResponderThatMulticastsOnlyOnceASecond) {
  MdnsNetwork network(plan_for(kArduino));
  network.drop_unicast_answers();
  ResponderProfile profile = esp32_profile(1, address(1));
  profile.one_second_rule = true;
  const std::size_t device = network.add(profile);
  // Another host's query has just been answered.
  MessageWriter other({});
  ASSERT_TRUE(other.add(Question{.name = Name::parse("_arduino._tcp.local").value()}));
  ASSERT_THAT(network.responder(device).receive(other.packet(), false, Millis(0)), SizeIs(1));
  network.run();
  EXPECT_THAT(network.devices(), SizeIs(1));
}

TEST(MdnsSearch, SendsKnownAnswers) {
  MdnsNetwork network(plan_for(kArduino));
  network.add(esp8266_profile(1, address(1)));
  network.run();
  for (const Transmission& each : network.sent()) {
    const Message message = read_message(each.packet).value();
    EXPECT_TRUE(each.path == Path::Shared || message.answers.empty());
  }
  const Message last = read_message(network.sent().back().packet).value();
  ASSERT_THAT(last.answers, SizeIs(1));
  EXPECT_EQ(std::get<Pointer>(last.answers.front().data).target.to_text(),
            "esp8266-000001._arduino._tcp.local");
  EXPECT_EQ(last.answers.front().ttl, 4500U) << "not the ten seconds of its one-shot answer";
}

TEST(MdnsSearch, QueriesTheRecordsThatAPointerCameWithout) {
  MdnsNetwork network(plan_for(kArduino));
  for (unsigned i = 0; i < 50; ++i) {
    ResponderProfile profile = esp32_profile(i, address(i));
    profile.pointer_only = true;
    network.add(std::move(profile));
  }
  network.run(Millis(1'000));
  EXPECT_THAT(network.devices(), SizeIs(50));
}

TEST(MdnsSearch, AcceptsAddressesInASeparatePacket) {
  MdnsNetwork network(plan_for(kArduino));
  ResponderProfile profile = esp8266_profile(1, address(1));
  profile.two_packets = true;
  network.add(std::move(profile));
  network.run(Millis(100));
  EXPECT_THAT(network.devices(), SizeIs(1));
  EXPECT_THAT(network.sent(), SizeIs(2)) << "no further query is needed";
}

TEST(MdnsSearch, ListsADeviceWithoutAddressAtTheEnd) {
  MdnsNetwork network(plan_for(kArduino));
  ResponderProfile profile = esp8266_profile(1, address(1));
  profile.addresses.clear();
  network.add(std::move(profile), Ip(address(1)));
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_THAT(network.devices().front().addresses, IsEmpty());
}

TEST(MdnsSearch, OneDeviceOnTwoInterfacesAndFamiliesIsOneRow) {
  Querier::Plan plan = plan_for(kArduino, 4);
  plan.links[2].ipv6 = true;
  plan.links[3].ipv6 = true;
  MdnsNetwork network(std::move(plan));
  // A device announces on each of its interfaces the address of that interface.
  const Ipv6 link_local{{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}};
  ResponderProfile profile = esp32_profile(1, address(1));
  network.add(profile, Ip(address(1)), {1});
  profile.addresses = {{{192, 168, 7, 9}}};
  network.add(profile, Ip(profile.addresses.front()), {2});
  profile.addresses.clear();
  profile.addresses6 = {link_local};
  network.add(profile, Ip(link_local), {3});
  network.add(profile, Ip(link_local), {4});
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_THAT(network.devices().front().addresses,
              ElementsAre(DeviceAddress{"10.0.0.2", "eth1", false},
                          DeviceAddress{"192.168.7.9", "eth2", false},
                          DeviceAddress{"fe80::9%eth3", "eth3", true},
                          DeviceAddress{"fe80::9%eth4", "eth4", true}));
}

TEST(MdnsSearch, TwoDevicesWithOneNameAreTwoRows) {
  MdnsNetwork network(plan_for(kArduino));
  ResponderProfile twin = esp8266_profile(7, address(1));
  network.add(twin);
  twin.addresses = {address(2)};
  network.add(twin);
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(2));
  std::set<std::string> addresses;
  for (const Device& device : network.devices()) {
    ASSERT_THAT(device.addresses, SizeIs(1));
    addresses.insert(device.addresses.front().ip);
  }
  EXPECT_EQ(addresses, (std::set<std::string>{"10.0.0.2", "10.0.0.3"}));
}

TEST(MdnsSearch, EndsWithTheCount) {
  Querier::Plan plan = plan_for(kArduino);
  plan.count = 3;
  MdnsNetwork network(std::move(plan));
  populate(network, 10);
  network.run();
  EXPECT_LE(network.now(), Millis(20));
  EXPECT_GE(network.devices().size(), 3U);
}

TEST(MdnsSearch, EndsSoonAfterTheNamedDeviceIsFound) {
  Querier::Plan plan = plan_for(kArduino);
  plan.names = {"ESP32-240AC4000003.local"};
  MdnsNetwork network(std::move(plan));
  populate(network, 10);
  network.run();
  EXPECT_TRUE(network.done());
  EXPECT_LE(network.now(), Millis(250));
}

TEST(MdnsSearch, WaitsForEachOfSeveralNames) {
  Querier::Plan plan = plan_for(kArduino);
  plan.names = {"esp32-240ac4000003", "absent"};
  MdnsNetwork network(std::move(plan));
  populate(network, 10);
  network.run();
  EXPECT_EQ(network.now(), Millis(2'500));
}

TEST(MdnsSearch, FindsAHostWithoutAService) {
  Querier::Plan plan = plan_for(kArduino);
  plan.names = {"printer"};
  MdnsNetwork network(std::move(plan));
  ResponderProfile profile = esp8266_profile(1, address(1));
  profile.type = "_ipp._tcp";
  profile.host = "printer.local";
  network.add(std::move(profile));
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  const Device host = network.devices().front();
  EXPECT_EQ(host.name, "printer");
  EXPECT_EQ(host.type, "");
  EXPECT_EQ(host.port, 0);
  EXPECT_EQ(best_address(host), "10.0.0.2");
  EXPECT_LE(network.now(), Millis(600));
}

TEST(MdnsSearch, QueriesAHostByUnicastOnly) {
  Querier::Plan plan = plan_for(kArduino, 0);
  plan.hosts = {"10.0.0.2"};
  MdnsNetwork network(std::move(plan));
  network.add(esp32_profile(1, address(1)));
  network.add(esp32_profile(2, address(2)));
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_EQ(network.devices().front().port, 3232);
  EXPECT_LE(network.now(), Millis(250));
  for (const Transmission& each : network.sent()) {
    EXPECT_EQ(each.path, Path::Unicast);
    EXPECT_EQ(each.destination, "10.0.0.2");
  }
}

TEST(MdnsSearch, RepeatsQueriesToAHostThatDoesNotAnswer) {
  Querier::Plan plan = plan_for(kArduino, 0);
  plan.hosts = {"10.0.0.2"};
  plan.timeout = Millis(1'000);
  MdnsNetwork network(std::move(plan));
  network.run();
  EXPECT_EQ(network.now(), Millis(1'000));
  EXPECT_THAT(network.sent(), SizeIs(3));
}

TEST(MdnsSearch, RemovesADeviceAfterItsGoodbye) {
  MdnsNetwork network(plan_for(kArduino));
  const std::size_t device = network.add(esp8266_profile(1, address(1)));
  network.add(esp8266_profile(2, address(2)));
  network.remove(device, Millis(500));
  network.inject(Millis(500), network.responder(device).goodbye(), {1, "eth1", Ip(address(1))});
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_EQ(network.devices().front().name, "esp8266-000002");
}

TEST(MdnsSearch, KeepsADeviceThatAnnouncesItselfAfterItsGoodbye) {
  MdnsNetwork network(plan_for(kArduino));
  const std::size_t device = network.add(esp8266_profile(1, address(1)));
  const Origin origin{1, "eth1", Ip(address(1))};
  network.remove(device, Millis(500));
  network.inject(Millis(500), network.responder(device).goodbye(), origin);
  network.inject(Millis(900), network.responder(device).announcement(), origin);
  network.run();
  EXPECT_THAT(network.devices(), SizeIs(1));
  EXPECT_THAT(network.changes(), ElementsAre("found esp8266-000001"));
}

}  // namespace
}  // namespace otatool::test
