// One espota Session and one StockDevice joined by a network in virtual time.
// Deterministic: no wall time, no sockets, no threads; the same setup gives the same result.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/error.hpp"
#include "otatool/espota/session.hpp"

#include "tests/support/stock_device.hpp"

namespace otatool::testing {

/// What answers where the device should be.
enum class Presence {
  Up,
  Silent,      ///< nothing comes back
  PortClosed,  ///< ICMP: nothing listens on any port
  NoHost,      ///< ICMP: no such host
};

struct Outage {
  Millis from{0};
  Millis until{0};
};

struct Network {
  Millis delay{2};  ///< one way
  Presence presence = Presence::Up;
  bool icmp = true;                         ///< a wrong port of a device that is up is reported
  std::vector<std::size_t> lost_datagrams;  ///< by their order, both ways together, from 0
  unsigned loss_percent = 0;                ///< of the datagrams, chosen by `seed`
  unsigned seed = 0;
  bool blocks_connections = false;   ///< a firewall drops the device's SYN
  std::optional<Outage> outage;      ///< TCP arrives only after it
  std::size_t send_buffer = 16'384;  ///< of the host's kernel, bytes
  std::size_t reply_piece = 0;       ///< replies reach the session in pieces of so many bytes
};

struct SimulationSetup {
  Network network;
  espota::Plan plan;
  DeviceSetup device;
  std::string image;
  std::optional<Millis> interrupt_at;  ///< the host is stopped: cancellation, then RST
};

struct SimulationResult {
  bool finished = false;
  bool interrupted = false;
  std::optional<Error> error;
  Millis duration{0};  ///< to Finish or the interruption
  espota::AuthScheme auth = espota::AuthScheme::None;
  std::size_t datagrams = 0;
  std::size_t lost_datagrams = 0;
  /// Bytes that the kernel took and the device's TCP had not acknowledged at the end.
  std::size_t outstanding = 0;
  /// Most bytes that the kernel took between two replies.
  std::size_t most_unanswered = 0;
  /// A chunk asked for while another was under way, an endless loop, and the like; must be empty.
  std::vector<std::string> violations;

  /// The device, some time after the host was done with it.
  DeviceState state = DeviceState::Idle;
  DeviceRecord device;
  TransferRecord transfer;
  bool image_right = false;  ///< received whole and unchanged

  [[nodiscard]] bool succeeded() const { return finished && !error; }
  /// The code of the error; Internal when there is none.
  [[nodiscard]] Errc code() const { return error ? error->code() : Errc::Internal; }
};

[[nodiscard]] SimulationResult simulate(const SimulationSetup& setup);

}  // namespace otatool::testing
