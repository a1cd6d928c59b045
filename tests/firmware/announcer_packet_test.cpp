#include <string>

#include <gtest/gtest.h>

#include "firmware/core/mdns/announcer.hpp"
#include "tests/firmware/support/announcer_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

TEST(Announcer, ReadsCompressedQuestions) {
  AnnouncingDevice device;
  // The second question is "Kitchen light" and a pointer to the first name.
  DnsQuery query;
  query.ask(kType, kTxt).ask_raw(std::string("\x0dKitchen light\xC0\x0C"), kSrv);
  device.receive(query.bytes());
  const auto answer = device.poll();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->answers.size(), 1U);
}

TEST(Announcer, IgnoresNamesThatLoopOrLeaveTheDatagram) {
  const std::string names[] = {
      std::string("\xC0\x0C"),                           // itself
      std::string("\xC0\x0D\xC0\x0C"),                   // forward and back
      std::string("\x08_arduino\xC0\x0C"),               // its own start
      std::string("\xFF\xFF"),                           // far beyond the end
      std::string("\x80\x00", 2),                        // reserved label type
      std::string("\x3F") + "x",                         // longer than the datagram
      std::string("\x08_arduino\x04_tcp\x05local"),      // no final zero
      std::string("\x08_arduino\x04_tcp\x05local\xC0"),  // half a pointer
      std::string("\x08_arduino\x04_tcp\xC0\xFF"),       // beyond the end
  };
  for (const std::string& name : names) {
    AnnouncingDevice device;
    EXPECT_FALSE(device.receive(DnsQuery().ask_raw(name, kPtr).bytes(), 40000));
    EXPECT_FALSE(device.receive(DnsQuery().ask_raw(name, kPtr).bytes()));
  }
  std::string longest;
  for (int i = 0; i < 10; ++i) {
    longest += std::string("\x1F") + std::string(31, 'x');
  }
  AnnouncingDevice device;
  EXPECT_FALSE(device.receive(
      DnsQuery().ask_raw(longest + std::string(1, '\0'), kPtr).ask(kType, kPtr).bytes(), 40000));
}

TEST(Announcer, IgnoresTruncatedQueries) {
  const std::string whole =
      DnsQuery().ask(kType, kPtr).know("x.local", kA, 120, "\x01\x02\x03\x04").bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    AnnouncingDevice device;
    EXPECT_FALSE(device.receive(whole.substr(0, length), 40000)) << length;
  }
  AnnouncingDevice device;
  EXPECT_TRUE(device.receive(whole, 40000));
}

TEST(Announcer, OmitsRecordsThatDoNotFit) {
  const std::string large_txt(700, '\1');
  Announcement what = announcement();
  what.txt = reinterpret_cast<const std::uint8_t*>(large_txt.data());
  what.txt_length = large_txt.size();
  AnnouncingDevice device(what);
  const auto answer = device.receive(ask(kType, kPtr), 40000);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->answers.size(), 1U);
  EXPECT_EQ(answer->additional.size(), 1U) << "the SRV record comes before";
}

TEST(Announcer, LongestNamesAndTxtFit) {
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
  AnnouncingDevice device(what);
  const auto answer = device.receive(ask(longest + "._arduino._tcp.local", kAny), 40000);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->answers.size(), 2U);
  EXPECT_EQ(answer->additional.size(), 4U);
}

}  // namespace
}  // namespace otatool::firmware::testing
