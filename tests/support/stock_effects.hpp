// What a StockDevice wants done, with the time at which it happens. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/stock_profile.hpp"

namespace otatool::testing {

struct Reply {
  std::string bytes;
  std::uint16_t to_port = 0;     ///< of the host
  bool from_other_port = false;  ///< leaves from another source port than the device's own
};
/// Open a TCP connection to the host. A stranger's comes from another address; whatever becomes of
/// it is not reported to the device.
struct Connect {
  std::uint16_t host_port = 0;
  bool as_stranger = false;
};
struct Write {
  std::string bytes;
};
/// FIN, after everything that was written before.
struct Close {};
/// RST, after everything that was written before.
struct Reset {};
using Effect = std::variant<Reply, Connect, Write, Close, Reset>;

struct TimedEffect {
  Millis at{0};
  Effect effect;
};
using TimedEffects = std::vector<TimedEffect>;

}  // namespace otatool::testing
