#include "tests/scripts/session_script.hpp"

#include <cctype>
#include <optional>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "tests/support/stock_datagram.hpp"
#include "tests/support/stock_digest.hpp"

namespace otatool::testing {
namespace {

using espota::Action;
using espota::Event;
using espota::Finish;
using espota::Phase;
using espota::SendChunk;
using espota::SendDatagram;
using espota::Wait;

/// Above the number of timeouts in any correct session: only invitations are repeated more than
/// twice.
constexpr unsigned kMaxTimeouts = 50;

std::string name_of(const Action& action) {
  if (const auto* datagram = std::get_if<SendDatagram>(&action)) {
    return "SendDatagram '" + datagram->bytes + "'";
  }
  if (const auto* chunk = std::get_if<SendChunk>(&action)) {
    return "SendChunk at " + std::to_string(chunk->offset);
  }
  if (const auto* finish = std::get_if<Finish>(&action)) {
    return "Finish: " + (finish->error ? finish->error->message() : "success");
  }
  return "Wait";
}

Millis deadline_of(const Action& action) {
  if (const auto* datagram = std::get_if<SendDatagram>(&action)) {
    return datagram->deadline;
  }
  if (const auto* chunk = std::get_if<SendChunk>(&action)) {
    return chunk->deadline;
  }
  const auto* wait = std::get_if<Wait>(&action);
  return wait != nullptr ? wait->deadline : Millis(0);
}

std::vector<Errc> sensible_codes(Phase phase) {
  switch (phase) {
    case Phase::Inviting:
      return {Errc::NoAnswer,
              Errc::PortClosed,
              Errc::HostUnreachable,
              Errc::SilentAfterAuth,
              Errc::OnlyStrangers};
    case Phase::Authenticating:
      return {Errc::SilentAfterAuth};
    case Phase::AwaitingConnection:
      return {Errc::NoConnectionBack, Errc::OnlyStrangers};
    case Phase::Transferring:
      return {Errc::Stalled, Errc::ConnectionClosed, Errc::ConnectionReset, Errc::DeviceReported};
    case Phase::AwaitingVerdict:
      return {Errc::VerdictLost,
              Errc::DeviceReported,
              Errc::Stalled,
              Errc::ConnectionClosed,
              Errc::ConnectionReset};
    case Phase::Done:
      break;
  }
  return {};
}

void expect_proper_message(const Error& error) {
  const std::string& text = error.message();
  ASSERT_FALSE(text.empty());
  EXPECT_FALSE(std::isupper(static_cast<unsigned char>(text.front()))) << text;
  EXPECT_NE(text.back(), '.') << text;
  EXPECT_EQ(text.find("--"), std::string::npos) << text;
}

}  // namespace

struct SessionScript::Run {
  explicit Run(const espota::Plan& what) : plan(what), session(what, espota::CnonceSeed{0x0C}) {
    action = session.next(espota::Started{}, now);
  }

  void feed(const Event& event) {
    ASSERT_FALSE(finished()) << "the session has finished: " << name_of(action);
    action = session.next(event, now);
    if (!finished()) {
      EXPECT_GE(deadline_of(action), now) << name_of(action);
    }
  }
  void time_out() {
    now = std::max(now, deadline_of(action));
    feed(espota::TimedOut{queued});
  }
  [[nodiscard]] bool finished() const { return std::holds_alternative<Finish>(action); }
  [[nodiscard]] const SendDatagram* datagram() const { return std::get_if<SendDatagram>(&action); }

  void begin_chunk(const std::string& line = {}) {
    const auto* chunk = std::get_if<SendChunk>(&action);
    ASSERT_NE(chunk, nullptr) << name_of(action);
    ASSERT_EQ(pending, 0U) << "the previous chunk is still being sent";
    EXPECT_EQ(chunk->offset, taken);
    EXPECT_EQ(chunk->line, line);
    EXPECT_GT(chunk->size, 0U);
    ASSERT_LE(chunk->offset + chunk->size, plan.image_size);
    pending = chunk->size;
  }
  void take_chunk() {
    ASSERT_NE(pending, 0U) << "no chunk is being sent";
    taken += std::exchange(pending, 0);
    feed(espota::ChunkSent{queued});
  }

  espota::Plan plan;
  espota::Session session;
  Action action = Wait{};
  Millis now{0};
  std::size_t queued = 0;
  std::size_t taken = 0;
  std::size_t pending = 0;
  bool connected = false;
};

SessionScript& SessionScript::add(std::string name, std::function<void(Run&)> play) {
  steps_.push_back({std::move(name), std::move(play)});
  return *this;
}

SessionScript& SessionScript::feed(std::string name, std::function<Event(const Run&)> event) {
  return add(std::move(name), [event = std::move(event)](Run& run) { run.feed(event(run)); });
}

SessionScript& SessionScript::expect_invitation() {
  const std::string wanted = std::string(plan_.command == wire::Command::Flash ? "0" : "100") +
                             " " + std::to_string(plan_.host_port) + " " +
                             std::to_string(plan_.image_size) + " " + plan_.image_md5 + "\n";
  return expect_datagram(wanted);
}

SessionScript& SessionScript::expect_datagram(::testing::Matcher<std::string> matcher) {
  return add("expect a datagram", [matcher = std::move(matcher)](Run& run) {
    ASSERT_NE(run.datagram(), nullptr) << name_of(run.action);
    EXPECT_THAT(run.datagram()->bytes, matcher);
    EXPECT_FALSE(run.datagram()->ports.empty());
  });
}

SessionScript& SessionScript::expect_response(std::string_view nonce, std::string_view stored) {
  const AuthFields fields{std::string(stored), std::string(nonce), {}};
  return add("expect a response", [fields](Run& run) {
    ASSERT_NE(run.datagram(), nullptr) << name_of(run.action);
    const auto response = read_response(run.datagram()->bytes, fields.nonce.size());
    ASSERT_TRUE(response.has_value()) << run.datagram()->bytes;
    const AuthFields answered{fields.stored, fields.nonce, response->cnonce};
    EXPECT_EQ(response->response,
              fields.nonce.size() == 32 ? expected_md5_response(answered)
                                        : expected_sha256_response(answered));
    EXPECT_THAT(response->cnonce, ::testing::MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ(run.datagram()->bytes.back(), '\n');
  });
}

SessionScript& SessionScript::expect_wait() {
  return add("expect a wait", [](Run& run) {
    EXPECT_TRUE(std::holds_alternative<Wait>(run.action)) << name_of(run.action);
  });
}

SessionScript& SessionScript::expect_chunk() {
  return expect_slow_chunk().take_chunk();
}

SessionScript& SessionScript::expect_resumed_chunk(std::size_t kept) {
  return add("expect the rest", [kept](Run& run) {
    run.taken = kept;
    run.begin_chunk("RESUME " + std::to_string(kept) + "\n");
    EXPECT_EQ(run.session.kept(), kept);
    EXPECT_EQ(run.session.delivered(), kept);
    run.take_chunk();
  });
}

SessionScript& SessionScript::expect_slow_chunk() {
  return add("expect a chunk", [](Run& run) { run.begin_chunk(); });
}

SessionScript& SessionScript::take_chunk() {
  return add("the kernel takes the chunk", [](Run& run) { run.take_chunk(); });
}

SessionScript& SessionScript::expect_chunks() {
  expect_chunk();
  add("expect further chunks", [](Run& run) {
    while (std::holds_alternative<SendChunk>(run.action) && !::testing::Test::HasFatalFailure()) {
      run.begin_chunk();
      run.take_chunk();
    }
  });
  return expect_wait();
}

SessionScript& SessionScript::reply(std::string_view datagram) {
  return reply_from(plan_.device_ports.front(), datagram);
}

SessionScript& SessionScript::reply_from(std::uint16_t port, std::string_view datagram) {
  return feed("a datagram", [text = std::string(datagram), port](const Run&) {
    return espota::DatagramReceived{text, port};
  });
}

SessionScript& SessionScript::reply_from_address(std::string_view address) {
  return feed("a reply from another address",
              [text = std::string(address)](const Run&) { return espota::ReplyIgnored{text}; });
}

SessionScript& SessionScript::port_unreachable(std::uint16_t port) {
  return feed("a closed port", [port](const Run&) { return espota::PortUnreachable{port}; });
}

SessionScript& SessionScript::host_unreachable() {
  return feed("an unreachable host", [](const Run&) { return espota::HostUnreachable{}; });
}

SessionScript& SessionScript::stranger(std::string_view address) {
  return feed("a connection from another address",
              [text = std::string(address)](const Run&) { return espota::PeerRefused{text}; });
}

SessionScript& SessionScript::connect(std::size_t segment_size) {
  return add("the device connects", [segment_size](Run& run) {
    run.connected = true;
    run.feed(espota::DeviceConnected{segment_size});
  });
}

SessionScript& SessionScript::receive(std::string_view bytes) {
  return feed("bytes", [text = std::string(bytes)](const Run& run) {
    return espota::BytesReceived{text, run.queued};
  });
}

SessionScript& SessionScript::time_passes(Millis time) {
  return add("time passes", [time](Run& run) {
    run.now += time;
    EXPECT_LE(run.now, deadline_of(run.action)) << "the session would have timed out";
  });
}

SessionScript& SessionScript::time_out() {
  return add("a timeout", [](Run& run) { run.time_out(); });
}

SessionScript& SessionScript::leaves_queued(std::size_t bytes) {
  return add("not acknowledged", [bytes](Run& run) { run.queued = bytes; });
}

SessionScript& SessionScript::close() {
  return feed("a close", [](const Run& run) { return espota::Closed{false, run.queued}; });
}

SessionScript& SessionScript::reset() {
  return feed("a reset", [](const Run& run) { return espota::Closed{true, run.queued}; });
}

void SessionScript::play(Run& run, std::size_t steps) const {
  for (std::size_t i = 0; i < steps && !::testing::Test::HasFatalFailure(); ++i) {
    SCOPED_TRACE("step " + std::to_string(i) + ": " + steps_[i].name);
    steps_[i].play(run);
  }
}

SessionScript& SessionScript::finishes_ok() {
  Run run(plan_);
  play(run, steps_.size());
  const auto* finish = std::get_if<Finish>(&run.action);
  EXPECT_TRUE(finish != nullptr && !finish->error) << name_of(run.action);
  EXPECT_EQ(run.taken, plan_.image_size);
  EXPECT_EQ(run.session.delivered(), plan_.image_size);
  EXPECT_EQ(run.session.phase(), Phase::Done);
  EXPECT_FALSE(run.session.cancellation().has_value());
  return *this;
}

SessionScript& SessionScript::finishes_with(Errc code,
                                            const ::testing::Matcher<std::string>& message) {
  Run run(plan_);
  play(run, steps_.size());
  const auto* finish = std::get_if<Finish>(&run.action);
  EXPECT_TRUE(finish != nullptr && finish->error) << name_of(run.action);
  if (finish != nullptr && finish->error) {
    EXPECT_EQ(to_string(finish->error->code()), to_string(code)) << name_of(run.action);
    EXPECT_THAT(finish->error->message(), message);
    expect_proper_message(*finish->error);
  }
  EXPECT_EQ(run.session.phase(), Phase::Done);
  return *this;
}

SessionScript& SessionScript::with_failure_at_each_step() {
  for (std::size_t step = 0; step <= steps_.size(); ++step) {
    for (const Failure failure : {Failure::Timeout,
                                  Failure::Close,
                                  Failure::Reset,
                                  Failure::PortClosed,
                                  Failure::NoHost,
                                  Failure::Noise}) {
      SCOPED_TRACE("failure " + std::to_string(static_cast<int>(failure)) + " before step " +
                   std::to_string(step));
      fail_at(step, failure);
    }
  }
  return *this;
}

void SessionScript::fail_at(std::size_t step, Failure failure) const {
  Run run(plan_);
  play(run, step);
  const bool needs_connection = failure == Failure::Close || failure == Failure::Reset;
  if (run.finished() || (needs_connection && !run.connected)) {
    return;
  }
  const Phase phase = run.session.phase();
  if (needs_connection) {
    run.feed(espota::Closed{failure == Failure::Reset, run.queued});
    EXPECT_TRUE(run.finished()) << "a closed connection must end the session:  "
                                << name_of(run.action);
  } else if (failure == Failure::PortClosed) {
    run.feed(espota::PortUnreachable{plan_.device_ports.front()});
  } else if (failure == Failure::NoHost) {
    run.feed(espota::HostUnreachable{});
  } else if (failure == Failure::Noise) {
    run.feed(espota::DatagramReceived{"\x01\x02 not of this protocol", 1});
  }
  for (unsigned i = 0; i < kMaxTimeouts && !run.finished(); ++i) {
    run.time_out();
  }
  ASSERT_TRUE(run.finished()) << "the session did not finish after " << kMaxTimeouts << " timeouts";
  const auto& error = std::get<Finish>(run.action).error;
  ASSERT_TRUE(error.has_value()) << "the session succeeded although a step failed";
  EXPECT_THAT(sensible_codes(phase), ::testing::Contains(error->code()))
      << to_string(error->code()) << ": " << error->message();
  expect_proper_message(*error);
  EXPECT_EQ(run.session.phase(), Phase::Done);
}

}  // namespace otatool::testing
