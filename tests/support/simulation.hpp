// Connects one espota Session and one StockDevice by a network in virtual time. Deterministic: no
// clock, sockets or threads; the same setup gives the same result.
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

/// What answers at the device's address.
enum class Presence {
  Up,
  Silent,      ///< no reply
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
  bool icmp = true;                            ///< a running device reports closed ports
  std::vector<std::size_t> lost_datagrams;     ///< indexes from 0, counted over both directions
  std::vector<std::size_t> doubled_datagrams;  ///< the same indexes; these arrive twice
  bool doubles_all = false;                    ///< every datagram arrives twice
  Millis second_copy{0};                       ///< from the first copy to the second
  unsigned loss_percent = 0;                   ///< percentage of the datagrams, chosen by `seed`
  unsigned seed = 0;
  bool blocks_connections = false;   ///< a firewall drops the device's SYN
  std::optional<Outage> outage;      ///< delays TCP segments until its end
  std::size_t send_buffer = 16'384;  ///< of the host's kernel, bytes
  std::size_t reply_piece = 0;       ///< largest part of a reply that arrives at once; 0: whole
};

struct SimulationSetup {
  Network network;
  espota::Plan plan;
  DeviceSetup device;
  std::string image;
  /// A second host with this plan begins at this time. It resets the device's connection to it.
  std::optional<espota::Plan> rival;
  Millis rival_at{0};
  std::optional<Millis> interrupt_at;  ///< the host is interrupted: cancellation, then RST
};

struct SimulationResult {
  bool finished = false;
  bool interrupted = false;
  std::optional<Error> error;
  Millis duration{0};  ///< until Finish or the interruption
  wire::AuthHash auth = wire::AuthHash::None;
  std::size_t datagrams = 0;
  std::size_t lost_datagrams = 0;
  /// Bytes that the host's kernel accepted and the device's TCP had not acknowledged at the end.
  std::size_t outstanding = 0;
  /// Largest number of bytes sent between two replies.
  std::size_t most_unanswered = 0;
  /// Broken rules: a chunk requested before the previous one was sent, an endless loop, and so on.
  std::vector<std::string> violations;

  std::optional<Error> rival_error;
  bool rival_connected = false;

  /// State of the device a while after the host has finished.
  DeviceState state = DeviceState::Idle;
  DeviceRecord device;
  TransferRecord transfer;
  bool image_right = false;  ///< received completely and unchanged

  [[nodiscard]] bool succeeded() const { return finished && !error; }
  /// The code of the error; Internal when there is none.
  [[nodiscard]] Errc code() const { return error ? error->code() : Errc::Internal; }
};

[[nodiscard]] SimulationResult simulate(const SimulationSetup& setup);

}  // namespace otatool::testing
