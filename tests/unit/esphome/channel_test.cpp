#include "esphome/channel.hpp"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/esphome/session.hpp"

#include "tests/unit/esphome/conversation.hpp"

namespace otatool::esphome {
namespace {

using ::testing::HasSubstr;

EncryptionKey key(std::uint8_t fill = 7) {
  EncryptionKey::Array bytes;
  bytes.fill(fill);
  return EncryptionKey(bytes);
}

NoiseSecret ephemeral(std::uint8_t fill) {
  NoiseSecret secret;
  secret.bytes.fill(fill);
  return secret;
}

/// A channel whose handshake has started; an initiator's message goes to `out`.
Channel started(NoiseRole role, std::string& out, std::uint8_t key_fill = 7) {
  Channel channel;
  const std::string prologue = noise_prologue(2, 0x0F, 0x04);
  NoiseHandshake handshake(
      role, key(key_fill), as_bytes(prologue), ephemeral(role == NoiseRole::Initiator ? 1 : 2));
  EXPECT_FALSE(channel.start_handshake(std::move(handshake), role, out));
  return channel;
}

class EsphomeChannel : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(device_.receive(as_bytes(hello_)));
    ASSERT_TRUE(device_.is_sealed());
    ASSERT_FALSE(host_.receive(as_bytes(device_.take_reply())));
    ASSERT_TRUE(host_.is_sealed());
  }
  std::string sent(Channel& channel, std::string_view unit) {
    std::string out;
    channel.send(as_bytes(unit), out);
    return out;
  }

  std::string hello_;
  std::string nothing_;
  Channel host_ = started(NoiseRole::Initiator, hello_);
  Channel device_ = started(NoiseRole::Responder, nothing_);
};

TEST_F(EsphomeChannel, FramesHaveTheSizesOfTheProtocol) {
  EXPECT_EQ(hello_.size(), 3 + 1 + 48U);
  EXPECT_EQ(hello_.substr(0, 4), bytes_of({0x01, 0x00, 49, 0x00}));
  EXPECT_EQ(sent(host_, "x").substr(0, 3), bytes_of({0x01, 0x00, 17}));
  const std::string block = sent(host_, std::string(8192, 'x'));
  EXPECT_EQ(block.size(), 8 * (3 + 1024 + 16U));
  EXPECT_EQ(block.substr(0, 3), bytes_of({0x01, 0x04, 0x10}));
}

TEST_F(EsphomeChannel, CarriesUnitsInBothDirectionsInAnyPieces) {
  const std::string image = small_image(3'000);
  const std::string frames = sent(host_, "hello") + sent(host_, image);
  for (const char byte : frames) {
    ASSERT_FALSE(device_.receive(as_bytes(std::string_view(&byte, 1))));
  }
  EXPECT_EQ(device_.inbox(), "hello" + image);
  ASSERT_FALSE(host_.receive(as_bytes(sent(device_, "\x41") + sent(device_, "\x42"))));
  EXPECT_EQ(host_.inbox(), "\x41\x42");
}

TEST_F(EsphomeChannel, RefusesReplayedReorderedAndChangedFrames) {
  const std::string first = sent(host_, "first");
  const std::string second = sent(host_, "second");
  Channel replayed = device_;
  EXPECT_FALSE(replayed.receive(as_bytes(first)));
  EXPECT_TRUE(replayed.receive(as_bytes(first)));
  Channel reordered = device_;
  EXPECT_TRUE(reordered.receive(as_bytes(second)));
  for (std::size_t at = 0; at < first.size(); ++at) {
    Channel changed = device_;
    std::string bad = first;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    const auto error = changed.receive(as_bytes(bad + std::string(5'000, 'x')));
    ASSERT_TRUE(error) << at;
    EXPECT_EQ(error->code(), Errc::NetworkFailed);
    EXPECT_EQ(changed.inbox(), "");
    EXPECT_TRUE(changed.receive(as_bytes(second))) << "a failure is final";
  }
}

TEST_F(EsphomeChannel, RefusesBytesOutsideOfFramesAndEmptyFrames) {
  for (const std::string& bad : {bytes_of({0x41}),
                                 bytes_of({0x89}),
                                 bytes_of({0x01, 0x00, 0x00}),
                                 bytes_of({0x01, 0x04, 0x11})}) {
    Channel channel = device_;
    const auto error = channel.receive(as_bytes(bad));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Errc::NetworkFailed);
  }
  NoiseSecret secret;
  std::string empty;
  device_.send({}, empty);
  EXPECT_EQ(empty, "") << "an empty unit makes no frame";
}

TEST(EsphomeHandshake, FailsWithAnotherKeyOnBothSides) {
  std::string hello;
  std::string nothing;
  Channel host = started(NoiseRole::Initiator, hello, 7);
  Channel device = started(NoiseRole::Responder, nothing, 8);
  const auto refused = device.receive(as_bytes(hello));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code(), Errc::EncryptionRefused);
  const auto told = host.receive(as_bytes(device.take_reply()));
  ASSERT_TRUE(told);
  EXPECT_EQ(*told, Error(Errc::EncryptionRefused, "the device has another encryption key"));
  EXPECT_FALSE(host.is_sealed());
}

TEST(EsphomeHandshake, ReportsOtherRejectionsAndErrorBytes) {
  std::string hello;
  Channel rejected = started(NoiseRole::Initiator, hello);
  const auto reason = rejected.receive(as_bytes(bytes_of({0x01, 0x00, 0x05, 0x01}) + "busy"));
  ASSERT_TRUE(reason);
  EXPECT_THAT(reason->message(), HasSubstr("busy"));
  Channel faulty = started(NoiseRole::Initiator, hello);
  const auto fault = faulty.receive(as_bytes(bytes_of({0xFF})));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code(), Errc::DeviceReported);
}

/// A host whose public key makes every shared secret zero.
TEST(EsphomeHandshake, SurvivesAPointOfSmallOrder) {
  std::string nothing;
  Channel device = started(NoiseRole::Responder, nothing);
  EXPECT_TRUE(device.receive(as_bytes(bytes_of({0x01, 0x00, 49, 0x00}) + std::string(48, '\0'))));
}

// The session's side, against a responder on a channel.

class EncryptedDevice {
 public:
  explicit EncryptedDevice(std::uint8_t key_fill = 7) {
    const std::string prologue = noise_prologue(2, 0x0F, 0x04);
    NoiseHandshake handshake(NoiseRole::Responder, key(key_fill), as_bytes(prologue), ephemeral(2));
    EXPECT_FALSE(channel_.start_handshake(std::move(handshake), NoiseRole::Responder, nothing_));
  }
  std::string reply(std::string_view unit) {
    std::string out;
    channel_.send(as_bytes(unit), out);
    return out;
  }
  Channel& channel() { return channel_; }
  std::string take() { return std::exchange(channel_.inbox(), {}); }

 private:
  std::string nothing_;
  Channel channel_;
};

Plan encrypted_plan() {
  Plan plan;
  plan.key = key();
  plan.password = Secret("secret");
  return plan;
}

/// Plays an encrypted upload up to step `steps`, in pieces of `piece` bytes; returns how many steps
/// there are.
std::size_t play_encrypted(Host& host, std::size_t steps, std::size_t piece) {
  EncryptedDevice device;
  std::size_t done = 0;
  const auto send = [&](const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size() && done < steps; at += piece) {
      host.receive(bytes.substr(at, piece));
    }
    ++done;
    return done <= steps;
  };
  const auto received = [&] {
    EXPECT_FALSE(device.channel().receive(as_bytes(host.take_sent())));
    return device.take();
  };
  (void)host.take_sent();
  if (!send(bytes_of({0x00, 0x02})))
    return done;
  EXPECT_EQ(host.take_sent(), "\x0F");
  if (!send(bytes_of({0x48, 0x04})))
    return done;
  EXPECT_EQ(received(), "");
  if (!send(device.channel().take_reply()))
    return done;
  if (!send(device.reply("\x02") + device.reply(std::string(64, 'a'))))
    return done;
  EXPECT_EQ(received().size(), 128U);
  if (!send(device.reply("\x41")))
    return done;
  EXPECT_EQ(received(), bytes_of({0x00}) + size_field(20'000));
  if (!send(device.reply("\x42")))
    return done;
  EXPECT_EQ(received().size(), 32U);
  if (!send(device.reply("\x43")))
    return done;
  EXPECT_EQ(received(), small_image());
  for (int i = 0; i < 3; ++i) {
    if (!send(device.reply("\x47")))
      return done;
  }
  if (!send(device.reply("\x44")))
    return done;
  send(device.reply("\x45"));
  return done;
}

constexpr std::size_t kAllSteps = 100;

TEST(EsphomeEncryptedSession, UploadsInAnyPieces) {
  for (const std::size_t piece : {1U, 2U, 3U, 18U, 19U, 20U, 1'000U}) {
    Host host(encrypted_plan(), small_image());
    play_encrypted(host, kAllSteps, piece);
    ASSERT_TRUE(host.finished());
    EXPECT_FALSE(host.error()) << host.error()->message();
    EXPECT_TRUE(host.session().encrypted());
    EXPECT_EQ(host.session().challenge(), Challenge::Sha256);
  }
}

TEST(EsphomeEncryptedSession, FailsClosedAtEachStep) {
  Host whole(encrypted_plan(), small_image());
  const std::size_t steps = play_encrypted(whole, kAllSteps, 1'000);
  const std::vector<std::string> attacks = {bytes_of({0x41}),
                                            bytes_of({0x45}),
                                            bytes_of({0x01, 0x00, 0x00}),
                                            "\x01\x00\x11" + std::string(17, 'x'),
                                            bytes_of({0x89})};
  for (std::size_t step = 2; step < steps; ++step) {
    for (const std::string& attack : attacks) {
      Host host(encrypted_plan(), small_image());
      play_encrypted(host, step, 1'000);
      ASSERT_FALSE(host.finished());
      const bool all_sent = host.session().phase() == Phase::AwaitingVerdict;
      host.receive(attack + std::string(20, 'x'));
      ASSERT_TRUE(host.finished()) << step;
      ASSERT_TRUE(host.error()) << step;
      if (step > 2) {
        EXPECT_EQ(host.error()->code(), all_sent ? Errc::VerdictLost : Errc::NetworkFailed) << step;
      }
    }
  }
}

TEST(EsphomeEncryptedSession, NeverFallsBackToAPlainConnection) {
  for (const std::string& features : {bytes_of({0x40}), bytes_of({0x46}), bytes_of({0x48, 0x03})}) {
    Host host(encrypted_plan(), small_image());
    host.receive(bytes_of({0x00, 0x02}));
    (void)host.take_sent();
    host.receive(features);
    ASSERT_TRUE(host.finished());
    EXPECT_EQ(host.error()->code(), Errc::EncryptionMissing);
    EXPECT_EQ(host.take_sent(), "") << "nothing more was sent";
  }
}

TEST(EsphomeEncryptedSession, NoticesFeaturesThatWereChangedOnTheirWay) {
  EncryptedDevice device;  // which has seen 0F and sent 04
  Host host(encrypted_plan(), small_image());
  host.receive(bytes_of({0x00, 0x02, 0x48, 0x05}));
  const std::string hello = host.take_sent().substr(6);
  const auto refused = device.channel().receive(as_bytes(hello));
  ASSERT_TRUE(refused);
  host.receive(device.channel().take_reply());
  ASSERT_TRUE(host.finished());
  EXPECT_EQ(host.error()->code(), Errc::EncryptionRefused);
}

}  // namespace
}  // namespace otatool::esphome
