#include "firmware/core/mdns/announcer.hpp"

#include <string>

#include <gmock/gmock.h>

#include "tests/firmware/support/announcer_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::uint16_t kUnicastWanted = 0x8001;

TEST(Announcer, AnswersAPtrQueryWithAllRecordsInOneDatagram) {
  AnnouncingDevice device;
  EXPECT_FALSE(device.receive(ask(kType, kPtr)));
  const std::uint32_t delay = device.wait();
  EXPECT_GE(delay, 20U);
  EXPECT_LE(delay, 120U);
  const auto answer = device.poll();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, 0U);
  EXPECT_EQ(answer->flags, 0x8400U);
  EXPECT_THAT(answer->questions, IsEmpty());
  EXPECT_THAT(answer->answers,
              ElementsAre("_arduino._tcp.local 12 1 4500 Kitchen light._arduino._tcp.local"));
  EXPECT_THAT(answer->additional,
              UnorderedElementsAre(
                  "Kitchen light._arduino._tcp.local 33 32769 120 8266 esp8266-0a0b0c.local",
                  "Kitchen light._arduino._tcp.local 16 32769 4500 [tcp_check=no][gz=1x]",
                  "esp8266-0a0b0c.local 1 32769 120 192.0.2.9"));
  EXPECT_EQ(device.wait(), Announcer::kNever);
}

TEST(Announcer, AnswersALegacyQueryAtOnceAsPlainDns) {
  AnnouncingDevice device;
  const auto answer = device.receive(DnsQuery(0xBEEF).ask(kType, kPtr).bytes(), 40000);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, 0xBEEFU);
  EXPECT_THAT(answer->questions, ElementsAre("_arduino._tcp.local 12 1"));
  EXPECT_THAT(answer->answers,
              ElementsAre("_arduino._tcp.local 12 1 10 Kitchen light._arduino._tcp.local"));
  EXPECT_THAT(
      answer->additional,
      UnorderedElementsAre("Kitchen light._arduino._tcp.local 33 1 10 8266 esp8266-0a0b0c.local",
                           "Kitchen light._arduino._tcp.local 16 1 10 [tcp_check=no][gz=1x]",
                           "esp8266-0a0b0c.local 1 1 10 192.0.2.9"));
  EXPECT_EQ(device.wait(), Announcer::kNever) << "nothing goes to the group";
}

TEST(Announcer, LegacyReplyHasNoCompressedSrvTarget) {
  AnnouncingDevice device;
  const std::string query = ask(kInstance, kSrv);
  const MdnsReply reply = device.announcer.on_datagram(
      endpoint(77, 40000), reinterpret_cast<const std::uint8_t*>(query.data()), query.size(), 0);
  const std::string bytes(reinterpret_cast<const char*>(reply.bytes), reply.length);
  EXPECT_NE(bytes.find(wire_name(kHostName)), std::string::npos);
}

TEST(Announcer, AnswersAUnicastQuestionToItsSenderOnly) {
  AnnouncingDevice device;
  const auto answer = device.receive(DnsQuery().ask(kType, kPtr, kUnicastWanted).bytes());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, 0U);
  EXPECT_THAT(answer->questions, IsEmpty());
  EXPECT_THAT(answer->answers,
              ElementsAre("_arduino._tcp.local 12 1 4500 Kitchen light._arduino._tcp.local"));
  EXPECT_EQ(answer->additional.size(), 3U);
  EXPECT_EQ(device.wait(), Announcer::kNever);
}

TEST(Announcer, AnswersForEachRecordWithoutDelayAndIgnoresCase) {
  const struct {
    std::string_view name;
    std::uint16_t type;
    std::string_view first;
  } cases[] = {
      {"kitchen LIGHT._Arduino._TCP.Local",
       kSrv,
       "Kitchen light._arduino._tcp.local 33 32769 120 8266 esp8266-0a0b0c.local"},
      {kInstance, kTxt, "Kitchen light._arduino._tcp.local 16 32769 4500 [tcp_check=no][gz=1x]"},
      {"ESP8266-0A0B0C.local", kA, "esp8266-0a0b0c.local 1 32769 120 192.0.2.9"},
      {kHostName, kAny, "esp8266-0a0b0c.local 1 32769 120 192.0.2.9"},
  };
  for (const auto& one : cases) {
    AnnouncingDevice device;
    EXPECT_FALSE(device.receive(ask(one.name, one.type)));
    EXPECT_EQ(device.wait(), 0U) << one.name;
    const auto answer = device.poll();
    ASSERT_TRUE(answer) << one.name;
    EXPECT_THAT(answer->answers, ElementsAre(one.first));
  }
}

TEST(Announcer, AnswersServiceTypeEnumeration) {
  AnnouncingDevice device;
  EXPECT_FALSE(device.receive(ask("_services._dns-sd._udp.local", kPtr)));
  const auto answer = device.poll(kLongEnough);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers,
              ElementsAre("_services._dns-sd._udp.local 12 1 4500 _arduino._tcp.local"));
  EXPECT_THAT(answer->additional, IsEmpty());
}

TEST(Announcer, AnnouncesOtherServiceTypes) {
  Announcement what = announcement();
  what.service = {"_http", 5};
  AnnouncingDevice device(what);
  EXPECT_FALSE(device.receive(ask(kType, kPtr), 40000));
  const auto types = device.receive(ask("_services._dns-sd._udp.local", kPtr), 40000);
  ASSERT_TRUE(types);
  EXPECT_THAT(types->answers, ElementsAre("_services._dns-sd._udp.local 12 1 10 _http._tcp.local"));
  const auto answer = device.receive(ask("_http._tcp.local", kPtr), 40000);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers,
              ElementsAre("_http._tcp.local 12 1 10 Kitchen light._http._tcp.local"));
  EXPECT_THAT(answer->additional,
              ::testing::Contains("Kitchen light._http._tcp.local 33 1 10 8266 "
                                  "esp8266-0a0b0c.local"));
  EXPECT_FALSE(device.receive(
      DnsQuery()
          .ask("_http._tcp.local", kPtr)
          .know("_http._tcp.local", kPtr, 4500, wire_name("Kitchen light._http._tcp.local"))
          .bytes(),
      40000));
}

TEST(Announcer, IgnoresQuestionsAboutOtherNames) {
  const std::string others[] = {
      ask("_http._tcp.local", kPtr),
      ask("_arduino._tcp.example", kPtr),
      ask("_arduino._tcp.local.local", kPtr),
      ask("_arduino._tcp", kPtr),
      ask("Kitchen._arduino._tcp.local", kSrv),
      ask(kHostName, kAaaa),
      ask(kHostName, kTxt),
      ask(kType, kSrv),
      DnsQuery().ask(kType, kPtr, 3).bytes(),
      DnsQuery(0, 0x8400).ask(kType, kPtr).bytes(),
      DnsQuery(0, 0x2800).ask(kType, kPtr).bytes(),
      DnsQuery().bytes(),
      "",
      "x",
  };
  for (const std::string& query : others) {
    for (const std::uint16_t port : {kMdnsPort, std::uint16_t{40000}}) {
      AnnouncingDevice device;
      EXPECT_FALSE(device.receive(query, port));
      EXPECT_EQ(device.wait(), Announcer::kNever);
    }
  }
}

TEST(Announcer, AnswersWithEveryAddress) {
  Announcement what = announcement();
  what.addresses[1] = {{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}, 16};
  what.addresses[2] = {{192, 0, 2, 10}, 4};
  what.address_count = 3;
  AnnouncingDevice device(what);
  device.receive(ask(kHostName, kA));
  const auto answer = device.poll();
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers,
              UnorderedElementsAre("esp8266-0a0b0c.local 1 32769 120 192.0.2.9",
                                   "esp8266-0a0b0c.local 1 32769 120 192.0.2.10"));
  EXPECT_THAT(answer->additional,
              ElementsAre("esp8266-0a0b0c.local 28 32769 120 254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.5"));
}

TEST(Announcer, MulticastsNoRecordTwiceWithinASecond) {
  AnnouncingDevice device;
  device.receive(ask(kType, kPtr));
  ASSERT_TRUE(device.poll(kLongEnough));
  const std::uint32_t first = device.now;
  device.now += 300;
  device.receive(ask(kType, kPtr));
  EXPECT_FALSE(device.poll(kLongEnough));
  device.wait();
  EXPECT_EQ(device.now - first, 1000U);
  const auto second = device.poll();
  ASSERT_TRUE(second) << "who asked within the second still gets an answer";
  EXPECT_EQ(second->additional.size(), 3U);
  EXPECT_EQ(device.wait(), Announcer::kNever);
}

TEST(Announcer, AnswersAProbeWithinTheSecond) {
  AnnouncingDevice device;
  device.receive(ask(kHostName, kAny));
  ASSERT_TRUE(device.poll());
  DnsQuery probe;
  probe.ask(kHostName, kAny);
  probe.authorities = 1;
  device.now += 100;
  device.receive(probe.bytes());
  EXPECT_TRUE(device.poll());
}

TEST(Announcer, AnnouncesTwiceASecondApart) {
  AnnouncingDevice device;
  EXPECT_EQ(device.wait(), Announcer::kNever);
  device.announcer.announce(device.now);
  EXPECT_EQ(device.wait(), 0U);
  const auto first = device.poll();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->answers.size(), 4U);
  EXPECT_THAT(first->additional, IsEmpty());
  EXPECT_EQ(device.wait(), 1000U);
  EXPECT_TRUE(device.poll());
  EXPECT_EQ(device.wait(), Announcer::kNever);
}

TEST(Announcer, AnnouncesAChange) {
  AnnouncingDevice device;
  Announcement changed = announcement();
  changed.port = 3232;
  device.announcer.replace(changed);
  device.announcer.announce(device.now);
  const auto answer = device.poll();
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers,
              ::testing::Contains(
                  "Kitchen light._arduino._tcp.local 33 32769 120 3232 esp8266-0a0b0c.local"));
}

TEST(Announcer, GoodbyeHasAllRecordsWithTtlZero) {
  AnnouncingDevice device;
  device.announcer.announce(device.now);
  device.receive(ask(kType, kPtr));
  const MdnsReply reply = device.announcer.goodbye();
  ASSERT_EQ(reply.to, MdnsReply::To::Group);
  const DnsAnswer answer(std::string(reinterpret_cast<const char*>(reply.bytes), reply.length));
  EXPECT_THAT(
      answer.answers,
      UnorderedElementsAre("_arduino._tcp.local 12 1 0 Kitchen light._arduino._tcp.local",
                           "Kitchen light._arduino._tcp.local 33 32769 0 8266 esp8266-0a0b0c.local",
                           "Kitchen light._arduino._tcp.local 16 32769 0 [tcp_check=no][gz=1x]",
                           "esp8266-0a0b0c.local 1 32769 0 192.0.2.9"));
  EXPECT_EQ(device.wait(), Announcer::kNever);
}

}  // namespace
}  // namespace otatool::firmware::testing
