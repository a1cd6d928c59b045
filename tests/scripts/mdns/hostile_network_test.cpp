#include <random>

#include <gmock/gmock.h>

#include "tests/support/mdns_network.hpp"

namespace otatool::test {
namespace {

using namespace mdns;
using testing::IsEmpty;
using testing::SizeIs;

const Origin kStranger{1, "eth1", Ip(Ipv4{{10, 0, 0, 66}})};

std::vector<std::uint8_t> announcement_of(ResponderProfile profile) {
  return MdnsResponder(std::move(profile), 1).announcement();
}

TEST(MdnsHostile, RandomPacketsDoNotDisturbTheSearch) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    std::vector<std::uint8_t> packet(std::uniform_int_distribution<std::size_t>(0, 200)(random));
    for (std::uint8_t& byte : packet) {
      byte = static_cast<std::uint8_t>(random());
    }
    network.inject(Millis(i), std::move(packet), kStranger);
  }
  network.run();
  EXPECT_THAT(network.devices(), SizeIs(1));
}

TEST(MdnsHostile, DamagedAnnouncementsDoNotDisturbTheSearch) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  const auto sound = announcement_of(esp8266_profile(2, {{10, 0, 0, 2}}));
  for (std::size_t length = 0; length < sound.size(); ++length) {
    const auto end = sound.begin() + static_cast<std::ptrdiff_t>(length);
    network.inject(Millis(length), {sound.begin(), end}, kStranger);
  }
  network.run();
  EXPECT_THAT(network.devices(), SizeIs(1));
}

TEST(MdnsHostile, RepeatedAnswersAreOneDevice) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  const std::size_t device = network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  for (int i = 0; i < 200; ++i) {
    network.inject(
        Millis(i), network.responder(device).announcement(), {1, "eth1", Ip(Ipv4{{10, 0, 0, 1}})});
  }
  network.run();
  EXPECT_THAT(network.devices(), SizeIs(1));
  EXPECT_THAT(network.changes(), SizeIs(1));
}

TEST(MdnsHostile, QueriesOfOtherHostsAreNotAnswers) {
  Message query;
  query.questions.push_back({.name = Name::parse("_arduino._tcp.local").value()});
  query.answers.push_back({.name = Name::parse("_arduino._tcp.local").value(),
                           .ttl = 4000,
                           .data = Pointer{Name::parse("ghost._arduino._tcp.local").value()}});
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.inject(Millis(10), write_message(query).value(), kStranger);
  network.run();
  EXPECT_THAT(network.devices(), IsEmpty());
}

TEST(MdnsHostile, OtherTypesAreNotListed) {
  ResponderProfile printer = esp8266_profile(1, {{10, 0, 0, 66}});
  printer.type = "_ipp._tcp";
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.inject(Millis(10), announcement_of(printer), kStranger);
  network.run();
  EXPECT_THAT(network.devices(), IsEmpty());
}

TEST(MdnsHostile, HostsThatSaidGoodbyeAreForgotten) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  for (int i = 0; i < 5'000; ++i) {
    Message goodbye{.response = true};
    goodbye.answers.push_back({.name = Name::parse(std::to_string(i) + ".local").value(),
                               .type = RecordType::A,
                               .ttl = 0,
                               .data = Ipv4{{10, 0, 0, 66}}});
    network.inject(Millis(1), write_message(goodbye).value(), kStranger);
  }
  network.inject(Millis(2), announcement_of(esp8266_profile(1, {{10, 0, 0, 1}})), kStranger);
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_EQ(best_address(network.devices().front()), "10.0.0.1");
}

TEST(MdnsHostile, HostsWithoutDevicesAreForgottenAfterATime) {
  Querier::Plan plan = plan_for({"_arduino._tcp"});
  plan.watch = true;
  MdnsNetwork network(plan);
  for (int i = 0; i < 5'000; ++i) {
    Message claim{.response = true};
    claim.answers.push_back({.name = Name::parse(std::to_string(i) + ".local").value(),
                             .type = RecordType::A,
                             .ttl = 120,
                             .data = Ipv4{{10, 0, 0, 66}}});
    network.inject(Millis(1), write_message(claim).value(), kStranger);
  }
  network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  network.run(Millis(120'000));
  ASSERT_THAT(network.devices(), SizeIs(1));
  EXPECT_EQ(best_address(network.devices().front()), "10.0.0.1");
}

TEST(MdnsHostile, TextsAreCleanedOfControlCharacters) {
  ResponderProfile evil = esp8266_profile(1, {{10, 0, 0, 66}});
  evil.name = "\x1B[2Jevil\n\xE2\x80\xAE\xFFname";
  evil.txt = {"board=\"d1_mini\"", "x=\x1B]0;owned\x07", "=nokey", "BOARD=second", "flag"};
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.inject(Millis(10), announcement_of(evil), kStranger);
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  const Device device = network.devices().front();
  const std::string gap = "\xEF\xBF\xBD";
  EXPECT_EQ(device.name, gap + "[2Jevil" + gap + gap + gap + "name");
  EXPECT_EQ(device.board, "d1_mini");
  EXPECT_EQ(txt_value(device, "x"), gap + "]0;owned" + gap);
  EXPECT_EQ(txt_value(device, "flag"), "");
  EXPECT_THAT(device.txt, SizeIs(3));
}

TEST(MdnsHostile, UnusableAddressesAreIgnored) {
  ResponderProfile sinkhole = esp8266_profile(1, {{0, 0, 0, 0}});
  sinkhole.addresses = {{{0, 0, 0, 0}},
                        {{127, 0, 0, 1}},
                        {{224, 0, 0, 251}},
                        {{255, 255, 255, 255}},
                        {{10, 0, 0, 9}}};
  sinkhole.addresses6 = {{}, {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}, {{0xFF, 2}}};
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.inject(Millis(10), announcement_of(sinkhole), kStranger);
  network.run();
  ASSERT_THAT(network.devices(), SizeIs(1));
  ASSERT_THAT(network.devices().front().addresses, SizeIs(1));
  EXPECT_EQ(best_address(network.devices().front()), "10.0.0.9");
}

TEST(MdnsHostile, AFloodOfNamesIsBounded) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  for (unsigned i = 0; i < 5'000; ++i) {
    ResponderProfile flood = esp8266_profile(i, {{10, 0, 0, 66}});
    flood.addresses.clear();
    network.inject(Millis(10), announcement_of(flood), kStranger);
  }
  network.run(Millis(30));
  network.run();
  EXPECT_LE(network.devices().size(), 4096U);
}

TEST(MdnsHostile, AFloodOfDevicesWithOneNameIsBounded) {
  MdnsNetwork network(plan_for({"_arduino._tcp"}));
  network.add(esp8266_profile(1, {{10, 0, 0, 1}}));
  for (unsigned i = 0; i < 1'000; ++i) {
    const Ipv4 source{{10, 1, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i)}};
    network.inject(
        Millis(100), announcement_of(esp8266_profile(1, source)), {1, "eth1", Ip(source)});
  }
  network.run();
  EXPECT_LE(network.devices().size(), 16U);
}

}  // namespace
}  // namespace otatool::test
