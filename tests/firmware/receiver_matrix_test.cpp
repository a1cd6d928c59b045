// Every state of the receiver with every input: reply and next state.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/firmware/support/receiver_fixture.hpp"

namespace otatool::firmware::testing {
namespace {

const std::vector<std::uint8_t> kImage = sample_image(600);
const std::vector<std::uint8_t> kOtherImage = sample_image(700);

/// In State::Closing after an error.
constexpr State kClosingAfterError = static_cast<State>(100);

/// Only the slow hash stays in State::Verifying.
wire::AuthHash hash_for(State state) {
  return state == State::Verifying ? wire::AuthHash::Sha256 : wire::AuthHash::Md5;
}

void drive_to(Device& device, State state) {
  if (state == State::Idle) {
    return;
  }
  device.datagram(invitation(kImage), kHost);
  if (state == State::Challenged) {
    return;
  }
  device.datagram(response_of(device), kHost);
  if (state == State::Verifying) {
    return;
  }
  device.finish_check();
  if (state == State::Connecting) {
    return;
  }
  device.receiver.on_connected(device.now);
  if (state == State::Receiving) {
    return;
  }
  if (state == kClosingAfterError) {
    device.text("x");
    return;
  }
  device.bytes(kImage);
  if (state == State::Settling) {
    return;
  }
  device.pass(300);
  if (state == State::Closing) {
    return;
  }
  device.receiver.on_closed(device.now);
}

struct Input {
  std::string_view name;
  std::function<void(Device&)> give;
};

const std::vector<Input> kInputs = {
    {"junk", [](Device& device) { device.datagram("hello", kHost); }},
    {"same invitation", [](Device& device) { device.datagram(invitation(kImage), kHost); }},
    {"other invitation",
     [](Device& device) { device.datagram(invitation(kOtherImage, 0, 4001), kHost); }},
    {"other host's invitation",
     [](Device& device) { device.datagram(invitation(kImage), kOtherHost); }},
    {"wrong response",
     [](Device& device) {
       device.datagram(wrong_response(device), kHost);
       // Checking takes several polls, but no time of the test's clock.
       if (device.receiver.state() == State::Verifying) {
         device.finish_check();
       }
     }},
    {"other host's response",
     [](Device& device) { device.datagram(wrong_response(device), kOtherHost); }},
    {"connected", [](Device& device) { device.receiver.on_connected(device.now); }},
    {"connect failed", [](Device& device) { device.receiver.on_connect_failed(device.now); }},
    {"bytes", [](Device& device) { device.text("\xE9"); }},
    {"no bytes", [](Device& device) { device.text(""); }},
    {"closed", [](Device& device) { device.receiver.on_closed(device.now); }},
    {"poll", [](Device& device) { device.receiver.poll(device.now); }},
    {"long pause",
     [](Device& device) {
       device.now += 60'000;
       device.receiver.poll(device.now);
     }},
};

struct Outcome {
  State state;
  std::string_view datagram;  ///< start of the UDP reply, empty for none
  std::string_view stream;    ///< start of the bytes sent over TCP, empty for none
};

constexpr Outcome stays(State state) {
  return {state, "", ""};
}
constexpr Outcome kChallenges{State::Challenged, "AUTH ", ""};
constexpr std::string_view kRunning = "ERR: ERROR[15]: Update already running\n";
constexpr Outcome to(State state) {
  return {state, "", ""};
}

using enum Receiver::State;

struct Row {
  State state;
  std::vector<Outcome> outcomes;  ///< in the order of kInputs
};

constexpr Outcome kSulks = stays(Restarting);
const std::vector<Row> kRows = {
    {Idle,
     {stays(Idle),
      kChallenges,
      kChallenges,
      kChallenges,
      stays(Idle),
      stays(Idle),
      stays(Idle),
      stays(Idle),
      stays(Idle),
      stays(Idle),
      stays(Idle),
      stays(Idle),
      stays(Idle)}},
    {Challenged,
     {stays(Challenged),
      kChallenges,
      kChallenges,
      stays(Challenged),
      {Idle, "Authentication Failed", ""},
      stays(Challenged),
      stays(Challenged),
      stays(Challenged),
      stays(Challenged),
      stays(Challenged),
      stays(Challenged),
      stays(Challenged),
      to(Idle)}},
    // While a response is checked, everything else is ignored.
    {Verifying,
     {stays(Verifying),
      stays(Verifying),
      stays(Verifying),
      stays(Verifying),
      {Connecting, "OK", ""},
      stays(Verifying),
      stays(Verifying),
      stays(Verifying),
      stays(Verifying),
      stays(Verifying),
      stays(Verifying),
      stays(Verifying),
      stays(Verifying)}},
    {Connecting,
     {stays(Connecting),
      {Connecting, "OK", ""},
      kChallenges,
      {Connecting, kRunning, ""},
      {Connecting, "OK", ""},
      stays(Connecting),
      to(Receiving),
      to(Idle),
      stays(Connecting),
      stays(Connecting),
      stays(Connecting),
      stays(Connecting),
      to(Idle)}},
    {Receiving,
     {stays(Receiving),
      {Receiving, "OK", ""},
      {Receiving, kRunning, ""},
      {Receiving, kRunning, ""},
      stays(Receiving),
      stays(Receiving),
      stays(Receiving),
      stays(Receiving),
      {Receiving, "", "1"},
      stays(Receiving),
      to(Idle),
      stays(Receiving),
      {Closing, "", "ERROR[6]: Stream Read Timeout\n"}}},
    {Settling,
     {stays(Settling),
      {Settling, "OK", ""},
      {Settling, kRunning, ""},
      {Settling, kRunning, ""},
      stays(Settling),
      stays(Settling),
      stays(Settling),
      stays(Settling),
      {Closing, "", "ERROR[5]: Bad Size Given\n"},
      stays(Settling),
      to(Restarting),
      stays(Settling),
      {Closing, "", "OK"}}},
    {Closing,
     {stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      to(Restarting),
      stays(Closing),
      to(Restarting)}},
    {kClosingAfterError,
     {stays(Closing),
      kChallenges,
      kChallenges,
      kChallenges,
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      stays(Closing),
      to(Idle),
      stays(Closing),
      to(Idle)}},
    {Restarting,
     {kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks,
      kSulks}},
};

TEST(ReceiverMatrix, EveryStateHandlesEveryInput) {
  for (const Row& row : kRows) {
    ASSERT_EQ(row.outcomes.size(), kInputs.size());
    for (std::size_t i = 0; i < kInputs.size(); ++i) {
      SCOPED_TRACE("state " + std::to_string(static_cast<int>(row.state)) + ", " +
                   std::string(kInputs[i].name));
      Device device(hash_for(row.state));
      drive_to(device, row.state);
      ASSERT_EQ(device.receiver.state(), row.state == kClosingAfterError ? Closing : row.state);
      device.link.datagrams.clear();
      device.link.stream.clear();
      kInputs[i].give(device);
      const Outcome& expected = row.outcomes[i];
      EXPECT_EQ(device.receiver.state(), expected.state);
      EXPECT_EQ(device.link.datagrams.size(), expected.datagram.empty() ? 0U : 1U);
      EXPECT_EQ(device.last_datagram().substr(0, expected.datagram.size()), expected.datagram);
      EXPECT_EQ(device.link.stream.substr(0, expected.stream.size()), expected.stream);
      EXPECT_EQ(device.link.stream.empty(), expected.stream.empty());
      EXPECT_EQ(device.restart.count, expected.state == Restarting ? 1 : 0);
    }
  }
}

TEST(ReceiverMatrix, EveryStateReturnsToIdleOrRestarts) {
  for (const Row& row : kRows) {
    SCOPED_TRACE("state " + std::to_string(static_cast<int>(row.state)));
    Device device(hash_for(row.state));
    drive_to(device, row.state);
    device.pass(40'000);
    const State state = device.receiver.state();
    if (row.state == Settling || row.state == Closing || row.state == Restarting) {
      EXPECT_EQ(state, Restarting);
      continue;
    }
    EXPECT_EQ(state, Idle);
    device.datagram(invitation(kOtherImage), kHost);
    device.datagram(response_of(device), kHost);
    device.finish_check();
    device.receiver.on_connected(device.now);
    device.bytes(kOtherImage);
    device.pass(300);
    EXPECT_TRUE(device.boots_next());
  }
}

}  // namespace
}  // namespace otatool::firmware::testing
