// A Session driven by hand, step by step: what it must ask for and what happens then.
// A script is played when its end is written down, and can be replayed with a failure at each step.
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

  // What the session must ask for.
  SessionScript& expect_invitation();
  SessionScript& expect_datagram(::testing::Matcher<std::string> matcher);
  /// A response to `nonce` by a device that keeps `stored`; 32 or 64 hex digits each.
  SessionScript& expect_response(std::string_view nonce, std::string_view stored);
  SessionScript& expect_wait();
  /// A chunk at the right place, which the kernel takes at once.
  SessionScript& expect_chunk();
  /// A chunk for which the kernel has no room before take_chunk().
  SessionScript& expect_slow_chunk();
  /// As many chunks as the session asks for in a row, and then a wait.
  SessionScript& expect_chunks();

  // What happens.
  SessionScript& reply(std::string_view datagram);
  SessionScript& reply_from(std::uint16_t port, std::string_view datagram);
  SessionScript& port_unreachable(std::uint16_t port);
  SessionScript& host_unreachable();
  SessionScript& stranger(std::string_view address);
  SessionScript& connect(std::size_t segment_size = 1'460);
  SessionScript& take_chunk();
  SessionScript& receive(std::string_view bytes);
  SessionScript& time_passes(Millis time);
  /// Nothing happens until the deadline.
  SessionScript& time_out();
  /// From here on the peer has not acknowledged so many bytes of what the kernel took.
  SessionScript& leaves_queued(std::size_t bytes);
  SessionScript& close();
  SessionScript& reset();

  // How it ends: plays the script.
  SessionScript& finishes_ok();
  SessionScript& finishes_with(Errc code,
                               const ::testing::Matcher<std::string>& message = ::testing::_);

  /// Plays the script again and again up to each of its steps, where everything falls silent, the
  /// connection ends or is reset, or the network reports an error: each must end in a proper
  /// failure after a few timeouts.
  SessionScript& with_failure_at_each_step();

 private:
  struct Run;
  enum class Failure { Silence, Close, Reset, PortClosed, NoHost, Noise };
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
