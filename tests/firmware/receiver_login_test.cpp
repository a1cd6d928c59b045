// From the invitation to the connection: which hosts are accepted, and the replies to the others.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firmware/core/receiver.hpp"
#include "tests/firmware/support/receiver_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

using ::testing::ElementsAre;

TEST(Receiver, AuthenticatesInBothSchemes) {
  for (const wire::AuthHash hash : {wire::AuthHash::Md5, wire::AuthHash::Sha256}) {
    Device device(hash);
    const auto image = sample_image(100);
    device.datagram(invitation(image), kHost);
    EXPECT_EQ(device.last_datagram().size(), hash == wire::AuthHash::Md5 ? 37U : 69U);
    EXPECT_EQ(device.last_datagram().substr(0, 5), "AUTH ");
    device.datagram(response_of(device), kHost);
    device.finish_check();
    EXPECT_EQ(device.last_datagram(), "OK");
    EXPECT_EQ(device.link.datagrams.size(), 2U);
    EXPECT_EQ(device.receiver.state(), State::Connecting);
  }
}

TEST(Receiver, LimitsTheRoundsOfEachPoll) {
  Device device(wire::AuthHash::Sha256);
  device.datagram(invitation(sample_image(100)), kHost);
  device.datagram(response_of(device), kHost);
  unsigned slices = 0;
  while (device.receiver.state() == State::Verifying) {
    ASSERT_EQ(device.receiver.poll_after(device.now), 0U);
    device.receiver.poll(device.now);
    ++slices;
  }
  EXPECT_EQ(slices, wire::kPbkdf2Iterations / Receiver::kRoundsPerPoll - 1);
}

TEST(Receiver, RefusesAWrongPasswordAndReturnsToIdle) {
  for (const wire::AuthHash hash : {wire::AuthHash::Md5, wire::AuthHash::Sha256}) {
    Device device(hash);
    device.datagram(invitation(sample_image(100)), kHost);
    device.datagram(wrong_response(device), kHost);
    device.finish_check();
    EXPECT_EQ(device.last_datagram(), "Authentication Failed");
    EXPECT_EQ(device.receiver.state(), State::Idle);
    EXPECT_THAT(device.hooks.log, ElementsAre("error 0 0"));
    EXPECT_FALSE(device.link.connected_to.has_value());
    EXPECT_EQ(device.flash.operations, 0U);
    // The former response is wrong for the new nonce.
    device.datagram(invitation(sample_image(100)), kHost);
    device.datagram(response_of(device), kHost);
    device.finish_check();
    EXPECT_EQ(device.last_datagram(), "OK");
  }
}

TEST(Receiver, RefusesAReplayedResponse) {
  Device device(wire::AuthHash::Md5);
  device.datagram(invitation(sample_image(100)), kHost);
  const std::string response = response_of(device);
  device.datagram(response, kHost);
  device.receiver.on_connect_failed(device.now);
  device.datagram(response, kHost);
  EXPECT_EQ(device.receiver.state(), State::Idle);
  device.datagram(invitation(sample_image(100)), kHost);
  device.datagram(response, kHost);
  EXPECT_EQ(device.last_datagram(), "Authentication Failed");
}

TEST(Receiver, RepliesToTheSourceOfTheResponse) {
  Device device(wire::AuthHash::Sha256);
  device.datagram(invitation(sample_image(100)), kHost);
  const Endpoint other_port = endpoint(1, 6000);
  device.datagram(response_of(device), other_port);
  device.finish_check();
  EXPECT_EQ(device.last_datagram(), "OK");
  EXPECT_EQ(device.link.datagrams.back().to.port, 6000);
  EXPECT_EQ(device.link.connected_to->port, 4000);
}

TEST(Receiver, IgnoresAResponseFromAnotherHost) {
  Device device(wire::AuthHash::Md5);
  device.datagram(invitation(sample_image(100)), kHost);
  device.datagram(response_of(device), kOtherHost);
  EXPECT_EQ(device.receiver.state(), State::Challenged);
  EXPECT_EQ(device.link.datagrams.size(), 1U);
}

TEST(Receiver, ReportsBeginErrors) {
  Device device;
  std::vector<std::uint8_t> image = sample_image(10);
  device.datagram("0 4000 1048576 " + md5_of(image) + "\n", kHost);
  EXPECT_EQ(device.last_datagram(), "ERR: ERROR[4]: Not Enough Space\n");
  device.datagram("0 4000 0 " + md5_of(image) + "\n", kHost);
  EXPECT_EQ(device.last_datagram(), "ERR: ERROR[5]: Bad Size Given\n");
  EXPECT_EQ(device.receiver.state(), State::Idle);
  EXPECT_THAT(device.hooks.log, ElementsAre("error 1 4", "error 1 5"));
  EXPECT_FALSE(device.link.connected_to.has_value());
}

TEST(Receiver, ComparesAllBytesOfIpv6Addresses) {
  Device device;
  Endpoint first{{0xFE, 0x80}, 16, 2, 5000};
  Endpoint second = first;
  second.address[15] = 1;
  Endpoint other_zone = first;
  other_zone.scope = 3;
  device.datagram(invitation(sample_image(100)), first);
  ASSERT_EQ(device.last_datagram(), "OK");
  for (const Endpoint& other : {second, other_zone}) {
    device.datagram(invitation(sample_image(100)), other);
    EXPECT_EQ(device.last_datagram(), "ERR: ERROR[15]: Update already running\n");
  }
  EXPECT_EQ(device.link.connected_to->scope, 2U);
}

}  // namespace
}  // namespace otatool::firmware::testing
