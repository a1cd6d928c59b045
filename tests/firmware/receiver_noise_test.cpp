// Truncated, damaged and random datagrams: no crash, and no reply to anything but espota.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/firmware/support/receiver_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

/// Independent of the receiver's parser.
bool looks_like_an_invitation(const std::string& text) {
  const std::string line = text.substr(0, text.find_first_of("\r\n"));
  std::size_t at = 0;
  const auto number = [&line, &at](std::uint64_t largest, std::uint64_t& value) {
    const std::size_t end = line.find_first_not_of("0123456789", at);
    if (end == at || end == std::string::npos || end - at > 10 || line[end] != ' ') {
      return false;
    }
    value = std::stoull(line.substr(at, end - at));
    at = end + 1;
    return value <= largest;
  };
  std::uint64_t command = 0;
  std::uint64_t port = 0;
  std::uint64_t size = 0;
  return number(0xFFFF, command) && (command == 0 || command == 100) && number(0xFFFF, port) &&
         port != 0 && number(0xFFFFFFFF, size) && line.size() - at == 32 &&
         line.find_first_not_of("0123456789abcdefABCDEF", at) == std::string::npos;
}

TEST(ReceiverNoise, IgnoresATruncatedInvitation) {
  const std::string whole = invitation(sample_image(100));
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    Device device;
    device.datagram(whole.substr(0, length), kHost);
    EXPECT_EQ(device.receiver.state(), State::Idle) << length;
    EXPECT_TRUE(device.link.datagrams.empty()) << length;
  }
}

TEST(ReceiverNoise, IgnoresATruncatedResponse) {
  for (const wire::AuthHash hash : {wire::AuthHash::Md5, wire::AuthHash::Sha256}) {
    Device device(hash);
    device.datagram(invitation(sample_image(100)), kHost);
    const std::string whole = response_of(device);
    for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
      device.datagram(whole.substr(0, length), kHost);
      EXPECT_EQ(device.receiver.state(), State::Challenged) << length;
    }
    EXPECT_EQ(device.link.datagrams.size(), 1U);
    device.datagram(whole, kHost);
    device.finish_check();
    EXPECT_EQ(device.receiver.state(), State::Connecting);
  }
}

TEST(ReceiverNoise, RepliesOnlyToInvitationsWhicheverByteChanges) {
  const std::string whole = invitation(sample_image(100));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (unsigned value = 0; value < 256; ++value) {
      std::string text = whole;
      text[i] = static_cast<char>(value);
      Device device(wire::AuthHash::Md5);
      device.datagram(text, kHost);
      ASSERT_EQ(!device.link.datagrams.empty(), looks_like_an_invitation(text))
          << "byte " << i << " is " << value;
    }
  }
}

TEST(ReceiverNoise, RefusesAResponseWithAChangedByte) {
  for (std::size_t i = 0; i < 4 + 32 + 1 + 32; ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Device device(wire::AuthHash::Md5);
      device.datagram(invitation(sample_image(100)), kHost);
      std::string text = response_of(device);
      text[i] = static_cast<char>(text[i] ^ static_cast<char>(1U << bit));
      device.datagram(text, kHost);
      ASSERT_NE(device.receiver.state(), State::Connecting) << i << '/' << bit;
    }
  }
}

TEST(ReceiverNoise, IgnoresResponsesOfTheOtherScheme) {
  Device device(wire::AuthHash::Sha256);
  device.datagram(invitation(sample_image(100)), kHost);
  const std::string digits(32, '0');
  device.datagram("200 " + digits + " " + digits + "\n", kHost);
  EXPECT_EQ(device.receiver.state(), State::Challenged);
  Device open;
  open.datagram("200 " + digits + " " + digits + "\n", kHost);
  EXPECT_TRUE(open.link.datagrams.empty());
}

TEST(ReceiverNoise, SurvivesRandomEvents) {
  std::mt19937 random(7);
  const auto image = sample_image(2'000);
  for (int round = 0; round < 200; ++round) {
    Device device(round % 2 == 0 ? wire::AuthHash::None : wire::AuthHash::Md5);
    for (int step = 0; step < 100 && device.restart.count == 0; ++step) {
      const auto choice = static_cast<std::uint32_t>(random());
      std::string junk(choice % 80, '\0');
      for (char& c : junk) {
        c = static_cast<char>(random());
      }
      switch (choice % 11) {
        case 0:
          device.datagram(invitation(image), choice % 3 == 0 ? kOtherHost : kHost);
          break;
        case 1:
          device.datagram(junk, kHost);
          break;
        case 2:
          device.receiver.on_connected(device.now);
          break;
        case 3:
          device.receiver.on_connect_failed(device.now);
          break;
        case 4:
          device.text(junk);
          break;
        case 5:
          device.bytes(image);
          break;
        case 6:
          device.receiver.on_closed(device.now);
          break;
        case 7:
          device.datagram(wrong_response(device), kHost);
          break;
        case 8:
          device.flash.fail_write = choice % 5 == 0;
          break;
        case 9:
          device.link.full = choice % 2 == 0;
          break;
        default:
          device.pass(choice % 20'000);
          break;
      }
    }
    if (device.boots_next()) {
      wire::BootCommand command{};
      ASSERT_TRUE(wire::parse_boot_command(
          device.flash.bytes(device.map.command, wire::kBootCommandLength).data(), command));
      EXPECT_EQ(device.flash.bytes(command.source, command.size), image);
    }
  }
}

}  // namespace
}  // namespace otatool::firmware::testing
