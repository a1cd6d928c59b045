// One attempt of an upload to an ESPHome device as a state machine: events in, one action out.
// No sockets, clock, files or random source: the caller performs the action and reports the events
// with their times.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string.h>
#include <string>
#include <variant>

#include "otatool/bytes.hpp"
#include "otatool/error.hpp"
#include "otatool/esphome/encryption_key.hpp"
#include "otatool/secret.hpp"

namespace otatool::esphome {

/// Time since the attempt began.
using Millis = std::chrono::milliseconds;

/// Time limits of the host (esphome-ota.md 7).
struct Timing {
  Millis connection{20'000};
  /// For each answer up to the authentication.
  Millis handshake{20'000};
  /// For each answer after it, while the device erases and checks its flash, and without any
  /// progress of the data.
  Millis data{90'000};
  /// From the device's success to the moment when our last byte is sent; a lost one is harmless.
  Millis farewell{1'000};
};

/// Everything about one attempt that is fixed before its first byte.
struct Plan {
  std::optional<Secret> password;
  /// Set: only an encrypted connection will do.
  std::optional<EncryptionKey> key;
  /// Refuse MD5 challenges: a fake device could crack the response offline.
  bool require_sha256 = false;
  bool offer_gzip = true;
  /// Wait for the acknowledgement of each block, as ESPHome's client does.
  bool lockstep = false;
  Timing timing;
};

/// Random bytes for one attempt.
struct Seed {
  std::array<std::uint8_t, 32> cnonce{};
  std::array<std::uint8_t, 32> ephemeral{};  ///< secret key of the encryption

  ~Seed() { explicit_bzero(ephemeral.data(), ephemeral.size()); }
};

// Events.
struct Connected {};
/// The answer to ChoosePayload.
struct PayloadChosen {
  Bytes bytes;      ///< must outlive the session; less than 4 GiB
  std::string md5;  ///< of them, 32 lower-case hex digits
};
struct PayloadRefused {
  Error reason;
};
struct BytesReceived {
  std::string bytes;
};
/// The kernel accepted the bytes of the last Send. The device's TCP has not acknowledged `queued`
/// of all bytes.
struct Sent {
  std::size_t queued = 0;
};
struct TimedOut {};
/// The device closed the connection (`reset`: with RST).
struct Closed {
  bool reset;
};
using Event =
    std::variant<Connected, PayloadChosen, PayloadRefused, BytesReceived, Sent, TimedOut, Closed>;

// Actions. After Send and Wait the caller reports the next event, TimedOut if `deadline` (time
// since the attempt began) passes first.
/// Send `bytes`, which stay valid until the Sent event. Other events may come before it.
struct Send {
  Bytes bytes;
  Millis deadline;
};
struct Wait {
  Millis deadline;
};
/// Report PayloadChosen or PayloadRefused next: the image as it is, or packed by gzip.
struct ChoosePayload {
  bool gzip;
};
/// End of the attempt. Without an error the device accepted the image.
struct Finish {
  std::optional<Error> error;
};
using Action = std::variant<Send, Wait, ChoosePayload, Finish>;

enum class Phase {
  Greeting,  ///< from the connection to the device's features
  Authenticating,
  Preparing,  ///< the device erases its flash
  Transferring,
  AwaitingVerdict,
  Done
};

/// The challenge that the device asked with.
enum class Challenge { None, Md5, Sha256 };

class Session {
 public:
  Session(Plan plan, const Seed& seed);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Takes an event that happened at `now` and returns the next action. The first event is
  /// Connected. Must not be called after Finish. `now` never decreases.
  [[nodiscard]] Action next(const Event& event, Millis now);

  [[nodiscard]] Phase phase() const;
  /// When the attempt fails unless the device does something before.
  [[nodiscard]] Millis limit() const;
  [[nodiscard]] Challenge challenge() const;
  [[nodiscard]] bool encrypted() const;
  /// Bytes of the payload that the device has acknowledged: by its answers, or by its TCP if it
  /// speaks version 1, which has no answers.
  [[nodiscard]] std::size_t delivered() const;
  /// Bytes of the payload; 0 before it is chosen.
  [[nodiscard]] std::size_t total() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace otatool::esphome
