// One attempt at an espota upload as a state machine: events in, one action out.
// No sockets, no clock, no files: the caller performs the action, says what happened and when.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "otatool/error.hpp"
#include "otatool/espota/credentials.hpp"
#include "otatool/wire/espota.hpp"

namespace otatool::espota {

/// Time since the attempt began.
using Millis = std::chrono::milliseconds;

/// How long the host waits for what (espota.md 7.4).
struct Timing {
  /// Total time for invitations to be answered; `--timeout`.
  Millis invitation{30'000};
  /// Gaps between invitations; the last one repeats.
  std::vector<Millis> pace{Millis(1'500), Millis(3'000), Millis(5'000), Millis(10'000)};
  /// After several invitations more than one challenge may be under way; the newest one counts.
  Millis settle{100};
  Millis repeat_response{4'000};
  Millis response{10'000};
  /// From the device's OK to its TCP connection.
  Millis connection{20'000};
  /// No byte in either direction.
  Millis stall{60'000};
  /// From the last byte to the verdict: the device verifies a signature from flash before it
  /// answers.
  Millis verdict{60'000};
  /// From the first letter of an error text to its end.
  Millis error_text{5'000};
};

/// Everything about one attempt that is fixed before its first datagram.
struct Plan {
  wire::Command command = wire::Command::Flash;
  std::uint32_t image_size = 0;
  std::string image_md5;        ///< 32 lower-case hex digits of the bytes that will be sent
  std::string host_address;     ///< of our listener, for messages
  std::uint16_t host_port = 0;  ///< of our listener
  std::vector<std::uint16_t> device_ports;  ///< one, or both defaults when the chip is not known
  Credentials credentials;
  AuthPolicy auth;
  Timing timing;
  /// Keep inviting although ICMP says that the port is closed or the host unreachable (`--wait`).
  bool persistent = false;
  /// One chunk per reply, as espota.py does it.
  bool lockstep = false;
  /// Bytes sent since the last reply at which sending pauses until the device speaks. Far beyond
  /// the devices' windows (2144 to 5840 bytes) plus our send buffer, so that it costs no
  /// throughput, yet small enough that a device's read loop returns to its sketch
  /// (espota.md 7.2, 7.3).
  std::size_t unanswered_limit = std::size_t{64} * 1024;
};

/// 32 random bytes; the cnonce is its hex text, or the first half of it for a 32-digit nonce.
using CnonceSeed = std::array<std::uint8_t, 32>;

// Events: what happened.
struct Started {};
struct DatagramReceived {
  std::string bytes;
  std::uint16_t from_port;
};
struct PortUnreachable {
  std::uint16_t port;
};
struct HostUnreachable {};
/// The system did not let a datagram out; `reason` in its words.
struct SendRefused {
  std::string reason;
};
/// The device connected to our listener; `segment_size` is the connection's MSS in bytes.
struct DeviceConnected {
  std::size_t segment_size;
};
struct StrangerRefused {
  std::string address;
};
/// `queued`, here and below: image bytes that our kernel took and the peer has not yet
/// acknowledged.
struct BytesReceived {
  std::string bytes;
  std::size_t queued;
};
/// The kernel took the chunk of the last SendChunk.
struct ChunkSent {
  std::size_t queued;
};
struct TimedOut {
  std::size_t queued = 0;
};
/// The device closed (`reset`: by RST).
struct Closed {
  bool reset;
  std::size_t queued;
};
using Event = std::variant<Started,
                           DatagramReceived,
                           PortUnreachable,
                           HostUnreachable,
                           SendRefused,
                           DeviceConnected,
                           StrangerRefused,
                           BytesReceived,
                           ChunkSent,
                           TimedOut,
                           Closed>;

// Actions: what to do now. After each of them except Finish the caller waits for the next event,
// and reports TimedOut when `deadline` (time since the attempt began) passes first.
struct SendDatagram {
  std::string bytes;
  std::vector<std::uint16_t> ports;
  Millis deadline;
};
struct Wait {
  Millis deadline;
};
/// Send image bytes [offset, offset + size); ChunkSent follows, other events may come before it.
struct SendChunk {
  std::size_t offset;
  std::size_t size;
  Millis deadline;
};
/// The attempt is over; without an error the device accepted the image.
struct Finish {
  std::optional<Error> error;
};
using Action = std::variant<SendDatagram, Wait, SendChunk, Finish>;

enum class Phase {
  Inviting,
  Authenticating,
  AwaitingConnection,
  Transferring,
  AwaitingVerdict,
  Done
};

class Session {
 public:
  Session(Plan plan, CnonceSeed cnonce);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Takes one event at time `now` and says what to do. The first event is Started; nothing may
  /// follow a Finish. `now` never goes backwards.
  [[nodiscard]] Action next(const Event& event, Millis now);

  /// The datagram that frees a device which may wait for a response, if there can be one: a stock
  /// device stays in WAITAUTH until the next datagram (espota.md 1.3). For interruptions and
  /// failures; it does no harm in any other state of the device.
  [[nodiscard]] std::optional<SendDatagram> farewell() const;

  [[nodiscard]] Phase phase() const;
  [[nodiscard]] AuthScheme auth() const;
  /// Image bytes that the device's TCP has acknowledged.
  [[nodiscard]] std::size_t delivered() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::espota
