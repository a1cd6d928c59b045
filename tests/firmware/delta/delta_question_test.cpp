// The receiver's answer to the question which application runs (delta.md 4).
#include <gtest/gtest.h>

#include "otatool/wire/delta_patch.hpp"

#include "firmware/core/package/delta_applier.hpp"
#include "tests/firmware/support/receiver_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

class DeltaQuestion : public ::testing::Test {
 protected:
  DeltaQuestion() { std::copy(running_.begin(), running_.end(), device_.flash.cells().begin()); }
  void ask(const std::string& text) {
    receiver_.on_datagram(kHost, text.data(), text.size(), device_.now);
  }

  const std::vector<std::uint8_t> running_ = sample_image(5'000);
  Device device_;
  std::vector<std::uint8_t> window_ = std::vector<std::uint8_t>(wire::kDeltaWindow);
  Inflater inflater_{window_.data(), wire::kDeltaWindow};
  DeltaApplier patches_{device_.flash, device_.map, 5'000, device_.sha256, inflater_};
  Updater updater_{
      device_.flash, device_.map, device_.installer, {nullptr, nullptr, nullptr, 0, &patches_}};
  Receiver receiver_{
      ReceiverPorts{device_.link, device_.hooks, device_.restart, updater_, device_.authenticator}};
};

TEST_F(DeltaQuestion, IsAnsweredWithTheRunningApplication) {
  ask("delta?");
  EXPECT_EQ(device_.last_datagram(), "delta 4096 5000 " + espota::sha256_hex(running_) + "\n");
  EXPECT_EQ(receiver_.state(), State::Idle);
  EXPECT_EQ(device_.flash.operations, 0U);
}

TEST_F(DeltaQuestion, IsAnsweredOnlyInItsForm) {
  for (const char* const text : {"delta", "delta?\n", "Delta?", "delta!", "?"}) {
    ask(text);
  }
  EXPECT_TRUE(device_.link.datagrams.empty());
}

TEST_F(DeltaQuestion, IsNotAnsweredDuringAnUpdate) {
  ask(invitation(sample_image(3'000)));
  ASSERT_EQ(device_.last_datagram(), "OK");
  ask("delta?");
  receiver_.on_connected(device_.now);
  ask("delta?");
  EXPECT_EQ(device_.link.datagrams.size(), 1U);
}

TEST_F(DeltaQuestion, IsNotAnsweredWithoutDifferenceUpdates) {
  device_.datagram("delta?", kHost);
  EXPECT_TRUE(device_.link.datagrams.empty());
}

}  // namespace
}  // namespace otatool::firmware::testing
