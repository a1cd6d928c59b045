// Drives a Session step by step: the actions that it must request, and the events that follow. The
// final call plays the script; it can be replayed with a failure at each step.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include "otatool/espota/session.hpp"

namespace otatool::testing {

using espota::Millis;

class SessionScript {
 public:
  explicit SessionScript(espota::Plan plan) : plan_(std::move(plan)) {}

  // Expected actions of the session.
  SessionScript& expect_invitation();
  SessionScript& expect_datagram(::testing::Matcher<std::string> matcher);
  /// A response to `nonce` for the stored password `stored`; 32 or 64 hex digits each.
  SessionScript& expect_response(std::string_view nonce, std::string_view stored);
  SessionScript& expect_wait();
  /// A chunk at the right offset, which the kernel accepts at once.
  SessionScript& expect_chunk();
  /// The line that resumes after `kept` bytes, with the chunk at that offset.
  SessionScript& expect_resumed_chunk(std::size_t kept);
  /// A chunk that the kernel does not accept before take_chunk().
  SessionScript& expect_slow_chunk();
  /// All chunks that the session requests in a row, and then a wait.
  SessionScript& expect_chunks();

  // Events.
  SessionScript& reply(std::string_view datagram);
  SessionScript& reply_from(std::uint16_t port, std::string_view datagram);
  /// A datagram from another address than the device's.
  SessionScript& reply_from_address(std::string_view address);
  SessionScript& port_unreachable(std::uint16_t port);
  SessionScript& host_unreachable();
  SessionScript& stranger(std::string_view address);
  SessionScript& connect(std::size_t segment_size = 1'460);
  SessionScript& take_chunk();
  SessionScript& receive(std::string_view bytes);
  SessionScript& time_passes(Millis time);
  /// The deadline passes without an event.
  SessionScript& time_out();
  /// From here on, this many of the bytes that the kernel accepted are not acknowledged.
  SessionScript& leaves_queued(std::size_t bytes);
  SessionScript& close();
  SessionScript& reset();

  // The expected end; plays the script.
  SessionScript& finishes_ok();
  SessionScript& finishes_with(Errc code,
                               const ::testing::Matcher<std::string>& message = ::testing::_);

  /// Replays the script up to each of its steps and then fails: no more events, a closed or reset
  /// connection, or an error of the network. The session must then end with a proper error after a
  /// few timeouts.
  SessionScript& with_failure_at_each_step();

 private:
  struct Run;
  enum class Failure { Timeout, Close, Reset, PortClosed, NoHost, Noise };
  struct Step {
    std::string name;
    std::function<void(Run&)> play;
  };

  SessionScript& add(std::string name, std::function<void(Run&)> play);
  SessionScript& feed(std::string name, std::function<espota::Event(const Run&)> event);
  void play(Run& run, std::size_t steps) const;
  void fail_at(std::size_t step, Failure failure) const;

  espota::Plan plan_;
  std::vector<Step> steps_;
};

}  // namespace otatool::testing
