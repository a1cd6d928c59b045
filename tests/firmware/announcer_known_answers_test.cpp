#include <string>

#include <gtest/gtest.h>

#include "firmware/core/mdns/announcer.hpp"
#include "tests/firmware/support/announcer_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

TEST(Announcer, SuppressesKnownAnswers) {
  AnnouncingDevice device;
  device.receive(DnsQuery().ask(kType, kPtr).know(kType, kPtr, 2250, wire_name(kInstance)).bytes());
  EXPECT_EQ(device.wait(), Announcer::kNever);
}

TEST(Announcer, AnswersIfTheKnownTtlIsBelowHalf) {
  AnnouncingDevice device;
  device.receive(DnsQuery().ask(kType, kPtr).know(kType, kPtr, 2249, wire_name(kInstance)).bytes());
  EXPECT_TRUE(device.poll(kLongEnough));
}

TEST(Announcer, AnswersIfTheKnownDataDiffers) {
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
    AnnouncingDevice device;
    device.receive(query.bytes());
    EXPECT_TRUE(device.poll(kLongEnough));
  }
}

TEST(Announcer, SuppressesKnownAnswersOfEveryType) {
  const std::string srv = std::string(4, '\0') + big_endian(8266, 2) + wire_name(kHostName);
  const std::string address("\xC0\x00\x02\x09", 4);
  const DnsQuery known[] = {
      DnsQuery().ask(kInstance, kSrv).know(kInstance, kSrv, 60, srv),
      DnsQuery().ask(kInstance, kTxt).know(kInstance, kTxt, 4500, txt_data()),
      DnsQuery().ask(kHostName, kA).know(kHostName, kA, 60, address),
  };
  for (const DnsQuery& query : known) {
    AnnouncingDevice device;
    EXPECT_FALSE(device.receive(query.bytes(), 40000));
    EXPECT_EQ(device.wait(), Announcer::kNever);
  }
}

TEST(Announcer, WaitsForFurtherKnownAnswersOfATruncatedQuery) {
  constexpr std::uint16_t kTruncated = 0x0200;
  AnnouncingDevice device;
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

TEST(Announcer, KnownAnswersDoNotSuppressTheAnswerToAnotherQuerier) {
  constexpr std::uint16_t kTruncated = 0x0200;
  AnnouncingDevice device;
  device.receive(DnsQuery(0, kTruncated).ask(kType, kPtr).bytes());
  const std::string other = ask(kType, kPtr);
  device.announcer.on_datagram(endpoint(78, kMdnsPort),
                               reinterpret_cast<const std::uint8_t*>(other.data()),
                               other.size(),
                               device.now);
  device.receive(DnsQuery().know(kType, kPtr, 4500, wire_name(kInstance)).bytes());
  EXPECT_TRUE(device.poll(kLongEnough));
}

}  // namespace
}  // namespace otatool::firmware::testing
