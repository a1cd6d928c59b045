// Several hosts, repeated datagrams and strangers while a challenge is open.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "firmware/core/receiver.hpp"
#include "tests/firmware/support/receiver_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

const std::vector<std::uint8_t> kSmallImage = sample_image(100);

void guess_wrong(Device& device, const Endpoint& from) {
  device.datagram(invitation(kSmallImage), from);
  ASSERT_EQ(device.last_datagram().substr(0, 5), "AUTH ");
  device.datagram(wrong_response(device), from);
  device.finish_check();
  ASSERT_EQ(device.last_datagram(), "Authentication Failed");
}

TEST(ReceiverChallenge, ARepeatedInvitationGetsTheSameNonceUntilItIsUsed) {
  for (const wire::AuthHash hash : {wire::AuthHash::Md5, wire::AuthHash::Sha256}) {
    Device device(hash);
    device.datagram(invitation(kSmallImage), kHost);
    const std::string response = response_of(device);
    device.datagram(invitation(kSmallImage), kHost);
    device.datagram(invitation(kSmallImage), endpoint(1, 6000));
    ASSERT_EQ(device.link.datagrams.size(), 3U);
    EXPECT_EQ(device.link.datagrams[0].text, device.link.datagrams[1].text);
    EXPECT_EQ(device.link.datagrams[0].text, device.link.datagrams[2].text);
    // The response to the first challenge, which the invitations have overtaken.
    device.datagram(response, kHost);
    device.finish_check();
    EXPECT_EQ(device.last_datagram(), "OK");
  }
  Device device(wire::AuthHash::Md5);
  guess_wrong(device, kHost);
  const std::string used = device.link.datagrams.front().text;
  device.datagram(invitation(kSmallImage), kHost);
  EXPECT_NE(device.last_datagram(), used);
}

TEST(ReceiverChallenge, TheNewestInvitationFromTheResponsesPortCounts) {
  Device device(wire::AuthHash::Md5);
  device.datagram(invitation(kSmallImage), kHost);
  device.datagram(invitation(sample_image(200), 0, 4001), kHost);
  device.datagram(response_of(device), kHost);
  ASSERT_EQ(device.last_datagram(), "OK");
  ASSERT_TRUE(device.link.connected_to);
  EXPECT_EQ(device.link.connected_to->port, 4001);
  EXPECT_EQ(device.receiver.invitation().image_size, 200U);
}

TEST(ReceiverChallenge, AStrangerWhoInvitesEvery20MillisecondsLocksNobodyOut) {
  Device device(wire::AuthHash::Sha256);
  const auto flood = [&device](std::uint32_t milliseconds) {
    for (std::uint32_t passed = 0; passed < milliseconds; passed += 20) {
      device.now += 20;
      device.datagram(invitation(kSmallImage), kOtherHost);
    }
  };
  flood(1'000);
  // The stranger's challenge is held for 5 s at most, however often he repeats his invitation.
  flood(4'020);
  device.datagram(invitation(kSmallImage), kHost);
  ASSERT_EQ(device.last_datagram().substr(0, 5), "AUTH ");
  ASSERT_EQ(device.link.datagrams.back().to.address[3], kHost.address[3]);
  const std::string response = response_of(device);
  const std::size_t sent = device.link.datagrams.size();
  flood(4'500);
  EXPECT_EQ(device.link.datagrams.size(), sent);
  device.datagram(response, kHost);
  EXPECT_EQ(device.receiver.state(), State::Verifying);
  flood(60'000);
  EXPECT_EQ(device.receiver.state(), State::Verifying);
  device.finish_check();
  EXPECT_EQ(device.last_datagram(), "OK");
  EXPECT_EQ(device.link.datagrams.back().to.address[3], kHost.address[3]);
}

TEST(ReceiverChallenge, TwoUploadsOfOneHostAreNotMixedUp) {
  Device device(wire::AuthHash::Md5);
  const auto other = sample_image(200);
  device.datagram(invitation(kSmallImage, 0, 4001), endpoint(1, 5001));
  device.datagram(invitation(other, 0, 4002), endpoint(1, 5002));
  device.datagram(response_of(device), endpoint(1, 5001));
  EXPECT_EQ(device.last_datagram(), "OK");
  EXPECT_EQ(device.link.datagrams.back().to.port, 5001);
  EXPECT_EQ(device.link.connected_to->port, 4001);
  EXPECT_EQ(device.updater.size(), kSmallImage.size());
}

TEST(ReceiverChallenge, AnotherHostsChallengeForgetsTheFormerInvitations) {
  Device device(wire::AuthHash::Md5);
  device.datagram(invitation(kSmallImage, 0, 4001), endpoint(1, 5001));
  device.datagram(invitation(kSmallImage, 0, 4002), endpoint(1, 5002));
  device.now += 5'000;
  device.datagram(invitation(kSmallImage, 0, 4003), endpoint(2, 5000));
  device.datagram(response_of(device), endpoint(2, 5001));
  EXPECT_EQ(device.link.connected_to->port, 4003);
}

TEST(ReceiverChallenge, PausesAfterThreeWrongPasswords) {
  Device device(wire::AuthHash::Md5);
  for (int i = 0; i < 3; ++i) {
    guess_wrong(device, kOtherHost);
  }
  device.datagram(invitation(kSmallImage), kOtherHost);
  EXPECT_EQ(device.last_datagram(), "ERR: ERROR[36]: Too many wrong passwords: wait a minute\n");
  // The owner's host gets no reply and repeats its invitation.
  const std::size_t sent = device.link.datagrams.size();
  device.datagram(invitation(kSmallImage), kHost);
  EXPECT_EQ(device.link.datagrams.size(), sent);
  EXPECT_EQ(device.receiver.state(), State::Idle);
  device.pass(1'000);
  device.datagram(invitation(kSmallImage), kHost);
  device.datagram(response_of(device), kHost);
  EXPECT_EQ(device.last_datagram(), "OK");
}

TEST(ReceiverChallenge, AGuesserNeverLocksTheOwnerOutForMoreThanAMinute) {
  Device device(wire::AuthHash::Md5);
  std::uint32_t guesses = 0;
  // The owner invites every 7 s, the stranger tries a password every 20 ms.
  for (std::uint32_t start = 0; start < 40; ++start) {
    std::uint32_t passed = 0;
    for (;; passed += 20) {
      device.pass(20);
      device.datagram(invitation(kSmallImage), kOtherHost);
      if (device.receiver.state() == State::Challenged) {
        device.datagram(wrong_response(device), kOtherHost);
        ++guesses;
      }
      if (passed % 7'000 == 20 * start) {
        device.datagram(invitation(kSmallImage), kHost);
        if (device.receiver.state() == State::Challenged) {
          break;
        }
      }
    }
    EXPECT_LE(passed, 60'000U);
    // The owner's upload is interrupted before the response.
    device.pass(10'000);
  }
  EXPECT_LT(guesses, 60U);
}

TEST(ReceiverChallenge, ARightPasswordEndsThePauses) {
  Device device(wire::AuthHash::Md5);
  guess_wrong(device, kHost);
  guess_wrong(device, kHost);
  device.datagram(invitation(kSmallImage), kHost);
  device.datagram(response_of(device), kHost);
  device.receiver.on_connect_failed(device.now);
  guess_wrong(device, kHost);
  guess_wrong(device, kHost);
  device.datagram(invitation(kSmallImage), kHost);
  EXPECT_EQ(device.last_datagram().substr(0, 5), "AUTH ");
}

TEST(ReceiverChallenge, IsSilentWhileTheNewImageIsAboutToStart) {
  Device device;
  begin(device, kSmallImage);
  device.bytes(kSmallImage);
  device.pass(300);
  ASSERT_EQ(device.receiver.state(), State::Closing);
  const std::size_t sent = device.link.datagrams.size();
  device.datagram(invitation(kSmallImage), kHost);
  device.datagram(invitation(kSmallImage), kOtherHost);
  EXPECT_EQ(device.link.datagrams.size(), sent);
}

}  // namespace
}  // namespace otatool::firmware::testing
