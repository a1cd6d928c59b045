#include "firmware/core/receiver.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/firmware/support/receiver_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Receiver, ReceivesAnImageFromInvitationToRestart) {
  Device device;
  const auto image = sample_image(3'000);
  device.datagram(invitation(image), kHost);
  EXPECT_EQ(device.last_datagram(), "OK");
  ASSERT_TRUE(device.link.connected_to.has_value());
  EXPECT_EQ(device.link.connected_to->port, 4000);
  EXPECT_EQ(device.link.connected_to->address[3], 1);
  EXPECT_EQ(device.hooks.progress, "0/3000");

  device.receiver.on_connected(device.now);
  for (std::size_t at = 0; at < image.size(); at += 1460) {
    device.bytes({image.begin() + static_cast<std::ptrdiff_t>(at),
                  image.begin() + static_cast<std::ptrdiff_t>(std::min(at + 1460, image.size()))});
  }
  EXPECT_EQ(device.link.stream, "1460146080");
  EXPECT_EQ(device.hooks.progress, "3000/3000");
  device.pass(1'000);
  EXPECT_EQ(device.link.stream, "1460146080OK");
  EXPECT_EQ(device.link.closes, 1);
  EXPECT_EQ(device.restart.count, 0);
  device.receiver.on_closed(device.now);
  EXPECT_EQ(device.restart.count, 1);
  EXPECT_TRUE(device.boots_next());
  EXPECT_THAT(device.hooks.log, ElementsAre("start flash", "end"));
  EXPECT_EQ(device.receiver.poll_after(device.now), Receiver::kNever);
}

TEST(Receiver, ChallengeConnectAndTransferTimeOut) {
  Device device(wire::AuthHash::Md5);
  device.datagram(invitation(sample_image(100)), kHost);
  device.pass(9'999);
  EXPECT_EQ(device.receiver.state(), State::Challenged);
  device.pass(1);
  EXPECT_EQ(device.receiver.state(), State::Idle);
  EXPECT_THAT(device.hooks.log, IsEmpty());

  device.datagram(invitation(sample_image(100)), kHost);
  device.datagram(response_of(device), kHost);
  device.pass(9'999);
  EXPECT_EQ(device.receiver.state(), State::Connecting);
  device.pass(1);
  EXPECT_EQ(device.receiver.state(), State::Idle);
  EXPECT_EQ(device.link.drops, 1);

  begin(device, sample_image(100));
  device.pass(14'999);
  device.text("\xE9");
  device.pass(14'999);
  EXPECT_EQ(device.receiver.state(), State::Receiving);
  device.pass(1);
  EXPECT_EQ(device.receiver.state(), State::Closing);
  EXPECT_EQ(device.link.stream, "1ERROR[6]: Stream Read Timeout\n");
  device.pass(20'000);
  EXPECT_EQ(device.receiver.state(), State::Idle);
  EXPECT_EQ(device.restart.count, 0);
}

TEST(Receiver, IgnoresALateConnection) {
  Device device;
  device.datagram(invitation(sample_image(100)), kHost);
  device.receiver.on_connect_failed(device.now);
  device.receiver.on_connected(device.now);
  EXPECT_EQ(device.receiver.state(), State::Idle);
  EXPECT_THAT(device.hooks.log, ElementsAre("start flash", "error 2 0"));
}

TEST(Receiver, ReportsAnErrorDuringTheTransferAtOnce) {
  Device device;
  const auto image = sample_image(5'000);
  begin(device, image);
  device.flash.fail_erase = true;
  device.bytes(image);
  EXPECT_EQ(device.link.stream, "ERROR[2]: Flash Erase Failed\n");
  EXPECT_EQ(device.link.closes, 1);
  // Bytes that are still in flight are discarded.
  device.bytes(image);
  EXPECT_EQ(device.link.stream, "ERROR[2]: Flash Erase Failed\n");
  device.receiver.on_closed(device.now);
  EXPECT_EQ(device.receiver.state(), State::Idle);
  EXPECT_THAT(device.hooks.log, ElementsAre("start flash", "error 3 2"));
}

TEST(Receiver, RefusesAWrongFirstByteAtOnce) {
  Device device;
  begin(device, sample_image(5'000));
  device.text("\x1F\x8B");
  EXPECT_EQ(device.link.stream, "ERROR[10]: Magic byte is not 0xE9\n");
  EXPECT_EQ(device.receiver.state(), State::Closing);
}

TEST(Receiver, RefusesBytesBeyondTheAnnouncedSize) {
  Device glued;
  auto image = sample_image(100);
  begin(glued, image);
  image.push_back('\n');
  glued.bytes(image);
  EXPECT_EQ(glued.link.stream, "ERROR[5]: Bad Size Given\n");

  Device later;
  image.pop_back();
  begin(later, image);
  later.bytes(image);
  later.pass(100);
  later.text("\n");
  EXPECT_EQ(later.link.stream, "100ERROR[5]: Bad Size Given\n");
  later.pass(20'000);
  EXPECT_FALSE(later.boots_next());
  EXPECT_EQ(later.restart.count, 0);
}

TEST(Receiver, ReportsADamagedImageAndDoesNotStartIt) {
  Device device;
  auto image = sample_image(100);
  begin(device, image);
  image[50] ^= 1;
  device.bytes(image);
  device.pass(300);
  EXPECT_THAT(device.link.stream,
              ::testing::StartsWith("100ERROR[7]: MD5 verification failed: expected: "));
  EXPECT_THAT(device.hooks.log, ElementsAre("start flash", "error 4 7"));
  device.receiver.on_closed(device.now);
  EXPECT_FALSE(device.boots_next());
}

TEST(Receiver, SendsTheVerdictAfterTheLastAckIsDelivered) {
  Device device;
  begin(device, sample_image(100));
  device.link.in_flight = 3;
  device.bytes(sample_image(100));
  device.pass(5'000);
  EXPECT_EQ(device.link.stream, "100");
  device.link.in_flight = 0;
  device.pass(200);
  EXPECT_EQ(device.link.stream, "100");
  device.pass(100);
  EXPECT_EQ(device.link.stream, "100OK");
}

TEST(Receiver, SendsTheVerdictToAHostThatAcknowledgesNothing) {
  Device device;
  begin(device, sample_image(100));
  device.link.in_flight = 3;
  device.bytes(sample_image(100));
  device.pass(15'500);
  EXPECT_EQ(device.link.stream, "100OK");
  device.pass(11'100);
  EXPECT_EQ(device.link.drops, 1);
  EXPECT_EQ(device.restart.count, 1);
}

TEST(Receiver, RestartsEvenIfTheHostDoesNotClose) {
  Device device;
  begin(device, sample_image(100));
  device.bytes(sample_image(100));
  device.pass(300);
  ASSERT_EQ(device.receiver.state(), State::Closing);
  device.link.in_flight = 2;
  device.pass(3'000);
  EXPECT_EQ(device.restart.count, 0);
  device.link.in_flight = 0;
  device.pass(1'100);
  EXPECT_EQ(device.restart.count, 1);
}

TEST(Receiver, SendsAcksLaterIfThereIsNoRoom) {
  Device device;
  const auto image = sample_image(100);
  begin(device, image);
  device.link.full = true;
  device.bytes({image.begin(), image.begin() + 30});
  device.bytes({image.begin() + 30, image.begin() + 60});
  EXPECT_EQ(device.link.stream, "");
  EXPECT_LE(device.receiver.poll_after(device.now), 10U);
  device.link.full = false;
  device.pass(20);
  EXPECT_EQ(device.link.stream, "60");
  device.link.full = true;
  device.bytes({image.begin() + 60, image.end()});
  device.pass(1'000);
  EXPECT_EQ(device.link.stream, "60");
  device.link.full = false;
  device.pass(1'000);
  EXPECT_EQ(device.link.stream, "6040OK");
}

TEST(Receiver, RestartsEvenIfThereIsNoRoomForTheVerdict) {
  Device device;
  begin(device, sample_image(100));
  device.link.full = true;
  device.bytes(sample_image(100));
  device.pass(16'000);
  EXPECT_EQ(device.link.stream, "");
  EXPECT_EQ(device.link.drops, 1);
  EXPECT_TRUE(device.boots_next());
  EXPECT_EQ(device.restart.count, 1);
}

TEST(Receiver, AHostThatDisconnectsEarlyChangesNothing) {
  Device device;
  begin(device, sample_image(100));
  device.text("\xE9");
  device.receiver.on_closed(device.now);
  EXPECT_EQ(device.receiver.state(), State::Idle);
  EXPECT_THAT(device.hooks.log, ElementsAre("start flash", "error 3 0"));
  EXPECT_FALSE(device.boots_next());
  // The next upload works.
  begin(device, sample_image(200));
  device.bytes(sample_image(200));
  device.pass(300);
  EXPECT_TRUE(device.boots_next());
}

TEST(Receiver, AppliesTheImageIfTheHostDisconnectsAfterTheLastByte) {
  Device device;
  begin(device, sample_image(100));
  device.bytes(sample_image(100));
  device.receiver.on_closed(device.now);
  EXPECT_TRUE(device.boots_next());
  EXPECT_EQ(device.restart.count, 1);

  Device damaged;
  begin(damaged, sample_image(100, 1));
  damaged.bytes(sample_image(100, 2));
  damaged.receiver.on_closed(damaged.now);
  EXPECT_FALSE(damaged.boots_next());
  EXPECT_EQ(damaged.restart.count, 0);
  EXPECT_EQ(damaged.receiver.state(), State::Idle);
}

TEST(Receiver, ReceivesAFilesystemWithoutABootCommand) {
  Device device;
  auto image = sample_image(5'000);
  image[0] = 1;
  device.datagram(invitation(image, 100), kHost);
  device.receiver.on_connected(device.now);
  device.bytes(image);
  device.pass(300);
  device.receiver.on_closed(device.now);
  EXPECT_THAT(device.hooks.log, ElementsAre("start filesystem", "end"));
  EXPECT_EQ(device.restart.count, 1);
  EXPECT_FALSE(device.boots_next());
  EXPECT_EQ(device.flash.bytes(device.map.filesystem, 5'000), image);
}

}  // namespace
}  // namespace otatool::firmware::testing
