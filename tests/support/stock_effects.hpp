// Actions of a StockDevice with the time at which they happen. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/stock_profile.hpp"

namespace otatool::testing {

struct Reply {
  std::string bytes;
  std::uint16_t to_port = 0;     ///< the host's port
  bool from_other_port = false;  ///< sent from a port other than the device's own
};
/// Open a TCP connection to the host. A stranger connects from another address, and the result is
/// not reported to the device.
struct Connect {
  std::uint16_t host_port = 0;
  bool as_stranger = false;
};
struct Write {
  std::string bytes;
};
/// FIN, after all bytes written before.
struct Close {};
/// RST, after all bytes written before.
struct Reset {};
using Effect = std::variant<Reply, Connect, Write, Close, Reset>;

struct TimedEffect {
  Millis at{0};
  Effect effect;
};
using TimedEffects = std::vector<TimedEffect>;

}  // namespace otatool::testing
