#include "firmware/core/announcer.hpp"

#include <optional>
#include <string>

#include <gmock/gmock.h>

#include "tests/firmware/support/dns_text.hpp"
#include "tests/firmware/support/fake_port.hpp"

namespace otatool::firmware::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kType = "_arduino._tcp.local";
constexpr std::string_view kInstance = "Kitchen light._arduino._tcp.local";
constexpr std::string_view kHostName = "esp8266-0a0b0c.local";
constexpr std::uint16_t kUnicastWanted = 0x8001;
/// Beyond the delay of any device.
constexpr std::uint32_t kLongEnough = 130;

std::string txt_data() {
  return std::string("\x0ctcp_check=no\x05gz=1x");
}

Announcement announcement() {
  static const std::string kTxtData = txt_data();
  Announcement announcement{};
  announcement.instance = {"Kitchen light", 13};
  announcement.host = {"esp8266-0a0b0c", 14};
  announcement.port = 8266;
  announcement.txt = reinterpret_cast<const std::uint8_t*>(kTxtData.data());
  announcement.txt_length = kTxtData.size();
  announcement.addresses[0] = {{192, 0, 2, 9}, 4};
  announcement.address_count = 1;
  return announcement;
}

/// An announcer and its clock, which starts shortly before the counter wraps.
class Device {
 public:
  explicit Device(const Announcement& what = announcement()) : announcer(what) {}

  std::optional<DnsAnswer> receive(const std::string& bytes, std::uint16_t port = kMdnsPort) {
    return taken(announcer.on_datagram(endpoint(77, port),
                                       reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                       bytes.size(),
                                       now),
                 MdnsReply::To::Sender);
  }
  std::optional<DnsAnswer> poll(std::uint32_t after = 0) {
    now += after;
    return taken(announcer.poll(now), MdnsReply::To::Group);
  }
  /// Goes on until the announcer wants to be polled; how long that took, or kNever.
  std::uint32_t wait() {
    const std::uint32_t time = announcer.poll_after(now);
    now += time == Announcer::kNever ? 0 : time;
    return time;
  }

  std::uint32_t now = 0xFFFFFF00;
  Announcer announcer;

 private:
  static std::optional<DnsAnswer> taken(const MdnsReply& reply, MdnsReply::To to) {
    if (reply.to == MdnsReply::To::Nobody) {
      EXPECT_EQ(reply.length, 0U);
      return std::nullopt;
    }
    EXPECT_EQ(reply.to, to);
    EXPECT_LE(reply.length, Announcer::kMaxReplyLength);
    return DnsAnswer(std::string(reinterpret_cast<const char*>(reply.bytes), reply.length));
  }
};

std::string ask(std::string_view name, std::uint16_t type) {
  return DnsQuery().ask(name, type).bytes();
}

TEST(Announcer, AnswersABrowserWithEverythingInOnePacket) {
  Device device;
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

TEST(Announcer, AnswersAPlainResolverAtOnceAsPlainDns) {
  Device device;
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

TEST(Announcer, PlainDnsHasNoCompressedServiceTarget) {
  Device device;
  const std::string query = ask(kInstance, kSrv);
  const MdnsReply reply = device.announcer.on_datagram(
      endpoint(77, 40000), reinterpret_cast<const std::uint8_t*>(query.data()), query.size(), 0);
  const std::string bytes(reinterpret_cast<const char*>(reply.bytes), reply.length);
  EXPECT_NE(bytes.find(wire_name(kHostName)), std::string::npos);
}

TEST(Announcer, AnswersAUnicastQuestionToItsSenderOnly) {
  Device device;
  const auto answer = device.receive(DnsQuery().ask(kType, kPtr, kUnicastWanted).bytes());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->id, 0U);
  EXPECT_THAT(answer->questions, IsEmpty());
  EXPECT_THAT(answer->answers,
              ElementsAre("_arduino._tcp.local 12 1 4500 Kitchen light._arduino._tcp.local"));
  EXPECT_EQ(answer->additional.size(), 3U);
  EXPECT_EQ(device.wait(), Announcer::kNever);
}

TEST(Announcer, AnswersEachOfItsRecordsWithoutDelayAndInAnyCase) {
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
    Device device;
    EXPECT_FALSE(device.receive(ask(one.name, one.type)));
    EXPECT_EQ(device.wait(), 0U) << one.name;
    const auto answer = device.poll();
    ASSERT_TRUE(answer) << one.name;
    EXPECT_THAT(answer->answers, ElementsAre(one.first));
  }
}

TEST(Announcer, NamesItsTypeToWhoAsksForTypes) {
  Device device;
  EXPECT_FALSE(device.receive(ask("_services._dns-sd._udp.local", kPtr)));
  const auto answer = device.poll(kLongEnough);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers,
              ElementsAre("_services._dns-sd._udp.local 12 1 4500 _arduino._tcp.local"));
  EXPECT_THAT(answer->additional, IsEmpty());
}

TEST(Announcer, KeepsQuietWhenSomebodyElseIsMeant) {
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
      Device device;
      EXPECT_FALSE(device.receive(query, port));
      EXPECT_EQ(device.wait(), Announcer::kNever);
    }
  }
}

TEST(Announcer, GivesEveryAddressOfTheHost) {
  Announcement what = announcement();
  what.addresses[1] = {{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}, 16};
  what.addresses[2] = {{192, 0, 2, 10}, 4};
  what.address_count = 3;
  Device device(what);
  device.receive(ask(kHostName, kA));
  const auto answer = device.poll();
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers,
              UnorderedElementsAre("esp8266-0a0b0c.local 1 32769 120 192.0.2.9",
                                   "esp8266-0a0b0c.local 1 32769 120 192.0.2.10"));
  EXPECT_THAT(answer->additional,
              ElementsAre("esp8266-0a0b0c.local 28 32769 120 254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.5"));
}

TEST(Announcer, SaysNothingThatTheAskerKnows) {
  Device device;
  device.receive(DnsQuery().ask(kType, kPtr).know(kType, kPtr, 2250, wire_name(kInstance)).bytes());
  EXPECT_EQ(device.wait(), Announcer::kNever);
}

TEST(Announcer, RenewsWhatTheAskerWillSoonForget) {
  Device device;
  device.receive(DnsQuery().ask(kType, kPtr).know(kType, kPtr, 2249, wire_name(kInstance)).bytes());
  EXPECT_TRUE(device.poll(kLongEnough));
}

TEST(Announcer, CorrectsWhatTheAskerKnowsWrongly) {
  const std::string srv = std::string(4, '\0') + big_endian(8267, 2) + wire_name(kHostName);
  const DnsQuery wrong[] = {
      DnsQuery().ask(kInstance, kSrv).know(kInstance, kSrv, 120, srv),
      DnsQuery().ask(kInstance, kTxt).know(kInstance, kTxt, 4500, "\x0ctcp_check=no"),
      DnsQuery().ask(kHostName, kA).know(kHostName, kA, 120, "\xC0\x01\x02\x09"),
      DnsQuery().ask(kHostName, kA).know(kHostName, kA, 120, "\xC0"),
      DnsQuery().ask(kType, kPtr).know(kType, kPtr, 4500, wire_name("Other._arduino._tcp.local")),
      DnsQuery().ask(kType, kPtr).know(kType, kPtr, 4500, ""),
  };
  for (const DnsQuery& query : wrong) {
    Device device;
    device.receive(query.bytes());
    EXPECT_TRUE(device.poll(kLongEnough));
  }
}

TEST(Announcer, LeavesOutKnownRecordsOfEveryKind) {
  const std::string srv = std::string(4, '\0') + big_endian(8266, 2) + wire_name(kHostName);
  const std::string address("\xC0\x00\x02\x09", 4);
  const DnsQuery known[] = {
      DnsQuery().ask(kInstance, kSrv).know(kInstance, kSrv, 60, srv),
      DnsQuery().ask(kInstance, kTxt).know(kInstance, kTxt, 4500, txt_data()),
      DnsQuery().ask(kHostName, kA).know(kHostName, kA, 60, address),
  };
  for (const DnsQuery& query : known) {
    Device device;
    EXPECT_FALSE(device.receive(query.bytes(), 40000));
    EXPECT_EQ(device.wait(), Announcer::kNever);
  }
}

TEST(Announcer, WaitsForTheRestOfALongListOfKnownAnswers) {
  constexpr std::uint16_t kTruncated = 0x0200;
  Device device;
  device.receive(DnsQuery(0, kTruncated).ask(kType, kPtr).bytes());
  EXPECT_FALSE(device.poll(kLongEnough));
  device.receive(DnsQuery().know(kType, kPtr, 4500, wire_name(kInstance)).bytes());
  EXPECT_EQ(device.wait(), Announcer::kNever);

  device.receive(DnsQuery(0, kTruncated).ask(kType, kPtr).bytes());
  const std::uint32_t delay = device.wait();
  EXPECT_GE(delay, 400U);
  EXPECT_LE(delay, 520U);
  EXPECT_TRUE(device.poll()) << "the rest never came";
}

TEST(Announcer, AnotherAskerKeepsHisAnswer) {
  constexpr std::uint16_t kTruncated = 0x0200;
  Device device;
  device.receive(DnsQuery(0, kTruncated).ask(kType, kPtr).bytes());
  const std::string other = ask(kType, kPtr);
  device.announcer.on_datagram(endpoint(78, kMdnsPort),
                               reinterpret_cast<const std::uint8_t*>(other.data()),
                               other.size(),
                               device.now);
  device.receive(DnsQuery().know(kType, kPtr, 4500, wire_name(kInstance)).bytes());
  EXPECT_TRUE(device.poll(kLongEnough));
}

TEST(Announcer, MulticastsNothingTwiceWithinASecond) {
  Device device;
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
  Device device;
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
  Device device;
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

TEST(Announcer, TellsOfAChange) {
  Device device;
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

TEST(Announcer, TakesEverythingBackInTheEnd) {
  Device device;
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

TEST(Announcer, ReadsQuestionsThatPointAtEarlierNames) {
  Device device;
  // The second question is "Kitchen light" and a pointer to the first name.
  DnsQuery query;
  query.ask(kType, kTxt).ask_raw(std::string("\x0dKitchen light\xC0\x0C"), kSrv);
  device.receive(query.bytes());
  const auto answer = device.poll();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->answers.size(), 1U);
}

TEST(Announcer, IgnoresNamesThatLoopOrLeaveThePacket) {
  const std::string names[] = {
      std::string("\xC0\x0C"),                           // itself
      std::string("\xC0\x0D\xC0\x0C"),                   // forward and back
      std::string("\x08_arduino\xC0\x0C"),               // its own beginning
      std::string("\xFF\xFF"),                           // far outside
      std::string("\x80\x00", 2),                        // no such label
      std::string("\x3F") + "x",                         // longer than the packet
      std::string("\x08_arduino\x04_tcp\x05local"),      // without end
      std::string("\x08_arduino\x04_tcp\x05local\xC0"),  // half a pointer
      std::string("\x08_arduino\x04_tcp\xC0\xFF"),       // behind the end
  };
  for (const std::string& name : names) {
    Device device;
    EXPECT_FALSE(device.receive(DnsQuery().ask_raw(name, kPtr).bytes(), 40000));
    EXPECT_FALSE(device.receive(DnsQuery().ask_raw(name, kPtr).bytes()));
  }
  std::string longest;
  for (int i = 0; i < 10; ++i) {
    longest += std::string("\x1F") + std::string(31, 'x');
  }
  Device device;
  EXPECT_FALSE(device.receive(
      DnsQuery().ask_raw(longest + std::string(1, '\0'), kPtr).ask(kType, kPtr).bytes(), 40000));
}

TEST(Announcer, QueryCutOffAnywhereIsIgnored) {
  const std::string whole =
      DnsQuery().ask(kType, kPtr).know("x.local", kA, 120, "\x01\x02\x03\x04").bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    Device device;
    EXPECT_FALSE(device.receive(whole.substr(0, length), 40000)) << length;
  }
  Device device;
  EXPECT_TRUE(device.receive(whole, 40000));
}

TEST(Announcer, WhatDoesNotFitIsLeftOutWhole) {
  const std::string large_txt(700, '\1');
  Announcement what = announcement();
  what.txt = reinterpret_cast<const std::uint8_t*>(large_txt.data());
  what.txt_length = large_txt.size();
  Device device(what);
  const auto answer = device.receive(ask(kType, kPtr), 40000);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->answers.size(), 1U);
  EXPECT_EQ(answer->additional.size(), 1U) << "the SRV record comes before";
}

TEST(Announcer, LongestNamesAndTextFit) {
  const std::string longest(63, 'n');
  const std::string other(63, 'h');
  const std::string txt(384, '\0');
  Announcement what = announcement();
  what.instance = {longest.data(), longest.size()};
  what.host = {other.data(), other.size()};
  what.txt = reinterpret_cast<const std::uint8_t*>(txt.data());
  what.txt_length = txt.size();
  what.addresses[1] = {{0xFE, 0x80}, 16};
  what.addresses[2] = {{0x20, 0x01}, 16};
  what.addresses[3] = {{0x20, 0x02}, 16};
  what.address_count = 4;
  Device device(what);
  const auto answer = device.receive(ask(longest + "._arduino._tcp.local", kAny), 40000);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->answers.size(), 2U);
  EXPECT_EQ(answer->additional.size(), 4U);
}

}  // namespace
}  // namespace otatool::firmware::testing
