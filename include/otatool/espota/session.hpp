// One attempt of an espota upload as a state machine: events in, one action out.
// No sockets, clock or files: the caller performs the action and reports the events with their
// times.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
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

/// Time limits of the host (espota.md 7.4).
struct Timing {
  /// From the first invitation to the first reply; `--timeout`.
  Millis invitation{30'000};
  /// Intervals between invitations; the last one repeats.
  std::vector<Millis> pace{Millis(1'500), Millis(3'000), Millis(5'000), Millis(10'000)};
  /// Intervals of invitations to a device that queues datagrams while its sketch is busy. Every
  /// second invitation in its queue cancels the one before, so they are long enough for a sketch
  /// that calls handle() every 6 s. After the third invitation they are shorter for a while
  /// (espota.md 2.1).
  std::vector<Millis> queue_pace{Millis(7'000),
                                 Millis(7'000),
                                 Millis(3'500),
                                 Millis(3'500),
                                 Millis(3'500),
                                 Millis(3'500),
                                 Millis(7'000)};
  /// After a challenge that follows several invitations: a newer challenge may come and replace it.
  Millis settle{100};
  Millis repeat_response{4'000};
  Millis response{10'000};
  /// From the device's OK to its TCP connection.
  Millis connection{20'000};
  /// Without a byte in either direction.
  Millis stall{60'000};
  /// From the last byte to the verdict: the device verifies a signature from flash first.
  Millis verdict{60'000};
  /// From the first letter of an error text to its end.
  Millis error_text{5'000};
};

/// Everything about one attempt that is fixed before its first datagram.
struct Plan {
  wire::Command command = wire::Command::Flash;
  std::uint32_t image_size = 0;
  std::string image_md5;                    ///< of the bytes to send, 32 lower-case hex digits
  std::string host_address;                 ///< of our listener, for messages
  std::uint16_t host_port = 0;              ///< of our listener
  std::vector<std::uint16_t> device_ports;  ///< one, or both defaults for an unknown chip
  /// Those of them at which an ESP32 may listen, which queues datagrams.
  std::vector<std::uint16_t> queueing_ports;
  Credentials credentials;
  AuthPolicy auth;
  Timing timing;
  /// Continue to invite after an ICMP error "port closed" or "host unreachable" (`--wait`).
  bool persistent = false;
  /// Wait for a reply after each chunk, as espota.py does.
  bool lockstep = false;
  /// Sending pauses after this many bytes without a reply. The limit is far above the devices'
  /// windows (2144 to 5840 bytes) plus our send buffer, so it costs no throughput. It lets the read
  /// loop of a device return to the sketch (espota.md 7.2, 7.3).
  std::size_t unanswered_limit = std::size_t{64} * 1024;
  /// MD5 of this many first bytes of the image, 32 lower-case hex digits. Empty: the whole image is
  /// sent, even if the device offers to resume (espota.md 1.8).
  std::function<std::string(std::uint32_t bytes)> prefix_md5 = {};
};

/// 32 random bytes; the cnonce is its hex text, or the first half of it for a 32-digit nonce.
using CnonceSeed = std::array<std::uint8_t, 32>;

// Events.
struct Started {};
struct DatagramReceived {
  std::string bytes;
  std::uint16_t from_port;
};
struct PortUnreachable {
  std::uint16_t port;
};
struct HostUnreachable {};
/// This computer did not send a datagram; `reason` is the text of the system's error.
struct SendRefused {
  std::string reason;
};
/// The device connected to our listener; `segment_size` is the MSS in bytes.
struct DeviceConnected {
  std::size_t segment_size;
};
/// A connection from another address was closed.
struct PeerRefused {
  std::string address;
};
/// A datagram from another address was ignored.
struct ReplyIgnored {
  std::string address;
};
/// `queued`, here and below: image bytes that the kernel accepted and the device has not yet
/// acknowledged.
struct BytesReceived {
  std::string bytes;
  std::size_t queued;
};
/// The kernel accepted the chunk of the last SendChunk.
struct ChunkSent {
  std::size_t queued;
};
struct TimedOut {
  std::size_t queued = 0;
};
/// The device closed the connection (`reset`: with RST).
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
                           PeerRefused,
                           ReplyIgnored,
                           BytesReceived,
                           ChunkSent,
                           TimedOut,
                           Closed>;

// Actions. After each action except Finish the caller waits for the next event and reports TimedOut
// if `deadline` (time since the attempt began) passes first.
struct SendDatagram {
  std::string bytes;
  std::vector<std::uint16_t> ports;
  Millis deadline;
};
struct Wait {
  Millis deadline;
};
/// Send `line`, then image bytes [offset, offset + size). ChunkSent follows, perhaps after other
/// events.
struct SendChunk {
  std::size_t offset;
  std::size_t size;
  Millis deadline;
  std::string line = {};
};
/// End of the attempt. Without an error the device accepted the image.
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

  /// Takes an event that happened at `now` and returns the next action. The first event is Started.
  /// Must not be called after Finish. `now` never decreases.
  [[nodiscard]] Action next(const Event& event, Millis now);

  /// The datagram that ends the device's wait for a response, if the device may wait for one: it
  /// stays in WAITAUTH until the next datagram (espota.md 1.3). To be sent after an interruption or
  /// a failure; in every other state the device ignores it.
  [[nodiscard]] std::optional<SendDatagram> cancellation() const;

  [[nodiscard]] Phase phase() const;
  /// When the attempt fails unless the device does something before.
  [[nodiscard]] Millis limit() const;
  [[nodiscard]] wire::AuthHash auth() const;
  /// Image bytes that the device's TCP has acknowledged.
  [[nodiscard]] std::size_t delivered() const;
  /// Image bytes that the device kept from an earlier transfer, so that they are not sent.
  [[nodiscard]] std::size_t kept() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::espota
