// Probing for names, yielding and defending them (RFC 6762 8 and 9).
#include "firmware/core/mdns/probing_announcer.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/firmware/support/announcer_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

using Claim = ProbingAnnouncer::Claim;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::uint16_t kResponse = 0x8400;

std::string service(std::uint16_t port, std::string_view host = kHostName) {
  return big_endian(0, 4) + big_endian(port, 2) + wire_name(host);
}

/// A response of another host about this name.
std::string response(std::string_view name,
                     std::uint16_t type,
                     const std::string& data,
                     std::uint32_t ttl = 120) {
  return DnsQuery(0, kResponse).know(name, type, ttl, data).bytes();
}

/// A probe of another host for the service's name.
DnsQuery rival(const std::string& data) {
  return DnsQuery().ask(kInstance, kAny).claim(kInstance, kSrv, data);
}

/// A device that has started to probe.
struct ProbingDevice : DeviceWith<ProbingAnnouncer> {
  explicit ProbingDevice(const Announcement& what = announcement()) : DeviceWith(what) {
    announcer.probe(now);
  }
  [[nodiscard]] Claim claim() const { return announcer.claim(); }
  /// Its next probe, with the time until then.
  std::optional<DnsAnswer> next_probe() {
    waited = wait();
    return poll();
  }
  void own_the_name() {
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(next_probe());
    }
    next_probe();
    ASSERT_EQ(claim(), Claim::Own);
  }
  std::uint32_t waited = 0;
};

TEST(ProbingAnnouncer, SendsThreeProbesThenAnnounces) {
  ProbingDevice device;
  for (int i = 0; i < 3; ++i) {
    const auto probe = device.next_probe();
    ASSERT_TRUE(probe);
    EXPECT_TRUE(i == 0 ? device.waited <= 100 : device.waited == 250) << device.waited;
    EXPECT_EQ(probe->flags, 0U);
    EXPECT_THAT(
        probe->questions,
        ElementsAre("Kitchen light._arduino._tcp.local 255 1", "esp8266-0a0b0c.local 255 1"));
    EXPECT_THAT(probe->answers, IsEmpty());
    EXPECT_THAT(
        probe->authorities,
        UnorderedElementsAre("Kitchen light._arduino._tcp.local 33 1 120 8266 esp8266-0a0b0c.local",
                             "esp8266-0a0b0c.local 1 1 120 192.0.2.9"));
    EXPECT_EQ(device.claim(), Claim::Probing);
  }
  const auto announced = device.next_probe();
  ASSERT_TRUE(announced);
  EXPECT_EQ(device.waited, 250U);
  EXPECT_EQ(device.claim(), Claim::Own);
  EXPECT_EQ(announced->flags, 0x8400U);
  EXPECT_THAT(announced->answers, SizeIs(4));
}

TEST(ProbingAnnouncer, AnswersNothingBeforeItOwnsTheName) {
  ProbingDevice device;
  device.announcer.announce(device.now);
  EXPECT_FALSE(device.receive(ask(kType, kPtr)));
  EXPECT_FALSE(device.receive(ask(kType, kPtr), 40000));
  EXPECT_EQ(device.announcer.goodbye().to, MdnsReply::To::None);
  const auto probe = device.next_probe();
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->flags, 0U);
}

TEST(ProbingAnnouncer, YieldsANameThatAnotherHostHas) {
  for (const auto& said :
       {response(kInstance, kSrv, service(3232)),
        response("KITCHEN Light._arduino._tcp.local", kSrv, service(8266, "other.local")),
        response(kHostName, kA, std::string("\xC0\x00\x02\x63", 4)),
        response(kHostName, kAaaa, std::string(16, '\x20'))}) {
    ProbingDevice device;
    ASSERT_TRUE(device.next_probe());
    EXPECT_FALSE(device.receive(said));
    EXPECT_EQ(device.claim(), Claim::Taken);
    EXPECT_EQ(device.wait(), ProbingAnnouncer::kNever);
    EXPECT_FALSE(device.receive(ask(kType, kPtr), 40000));
    EXPECT_EQ(device.announcer.goodbye().to, MdnsReply::To::None);
  }
}

TEST(ProbingAnnouncer, ProbesForAnotherName) {
  ProbingDevice device;
  device.receive(response(kInstance, kSrv, service(3232)));
  Announcement other = announcement();
  other.instance = {"Kitchen light-2", 15};
  other.host = {"lamp-2", 6};
  device.announcer.replace(other);
  device.announcer.probe(device.now);
  device.receive(response(kInstance, kSrv, service(3232)));
  EXPECT_EQ(device.claim(), Claim::Probing) << "the conflict is about its former name";
  device.own_the_name();
  const auto answer = device.receive(ask(kType, kPtr), 40000);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers,
              ElementsAre("_arduino._tcp.local 12 1 10 Kitchen light-2._arduino._tcp.local"));
}

TEST(ProbingAnnouncer, KeepsANameWithoutAConflict) {
  for (const auto& said : {response(kInstance, kSrv, service(8266)),
                           response(kInstance, kSrv, service(3232), 0),
                           response("Hall._arduino._tcp.local", kSrv, service(3232)),
                           response(kHostName, kA, std::string("\xC0\x00\x02\x09", 4)),
                           response(kHostName, kTxt, "\x01x"),
                           response(kInstance, kSrv, service(3232)).substr(0, 60)}) {
    ProbingDevice device;
    device.receive(said);
    EXPECT_EQ(device.claim(), Claim::Probing);
    device.own_the_name();
  }
  ProbingDevice device;
  device.receive(response(kInstance, kSrv, service(3232)), 40000);
  EXPECT_EQ(device.claim(), Claim::Probing) << "only responses from port 5353 count";
}

TEST(ProbingAnnouncer, OfTwoProbingHostsTheOneWithLowerRecordsWaits) {
  const struct {
    DnsQuery query;
    bool waits;
  } cases[] = {
      {rival(service(8265)), false},
      {rival(service(8267)), true},
      {rival(service(8266)), false},
      {rival(service(8266, "zzz.local")), false},
      {rival(service(8266, "esp8266-0a0b0d.local")), true},
      // Type TXT is lower than the types of our records.
      {rival(service(9000)).claim(kInstance, kTxt, std::string(1, '\0')), false},
      {rival(service(8266)).claim(kHostName, kA, std::string("\xC0\x00\x02\x0A", 4)), true},
      {rival(service(8266)).claim(kHostName, kA, std::string("\xC0\x00\x02\x08", 4)), false},
      {rival(service(8266)).claim(kHostName, kAaaa, std::string(16, '\x20')), true},
      {rival(service(8265)).claim(kHostName, kA, std::string("\xC0\x00\x02\x0A", 4)), false},
  };
  int number = 0;
  for (const auto& one : cases) {
    ProbingDevice device;
    ASSERT_TRUE(device.next_probe());
    EXPECT_FALSE(device.receive(one.query.bytes()));
    EXPECT_EQ(device.claim(), Claim::Probing);
    EXPECT_EQ(device.wait(), one.waits ? 1000U : 250U) << number;
    if (one.waits) {
      device.own_the_name();
    }
    ++number;
  }
}

TEST(ProbingAnnouncer, DefendsItsNameAtOnce) {
  ProbingDevice device;
  device.own_the_name();
  EXPECT_FALSE(device.receive(rival(service(3232)).bytes()));
  EXPECT_EQ(device.wait(), 0U);
  const auto answer = device.poll();
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->answers,
              ::testing::Contains(
                  "Kitchen light._arduino._tcp.local 33 32769 120 8266 esp8266-0a0b0c.local"));
}

TEST(ProbingAnnouncer, ProbesAgainAfterAConflict) {
  ProbingDevice device;
  device.own_the_name();
  device.receive(response(kInstance, kSrv, service(3232)));
  EXPECT_EQ(device.claim(), Claim::Probing);
  device.own_the_name();
}

TEST(ProbingAnnouncer, SlowsDownAfterManyConflicts) {
  ProbingDevice device;
  for (int i = 0; i < 14; ++i) {
    device.receive(response(kInstance, kSrv, service(3232)));
    device.announcer.probe(device.now);
    EXPECT_LE(device.wait(), 100U);
  }
  device.receive(response(kInstance, kSrv, service(3232)));
  device.announcer.probe(device.now);
  EXPECT_GE(device.wait(), 5000U);
}

TEST(ProbingAnnouncer, IgnoresTruncatedProbes) {
  const std::string whole =
      rival(service(8267)).claim(kHostName, kA, std::string("\xC0\x00\x02\x0A", 4)).bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ProbingDevice device;
    device.receive(whole.substr(0, size));
    EXPECT_EQ(device.claim(), Claim::Probing);
  }
}

}  // namespace
}  // namespace otatool::firmware::testing
