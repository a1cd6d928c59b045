// The device side of espota as a state machine: the port tells what happened and when, the receiver
// answers through Link and writes through Updater. No sockets, no clock, no heap.
// Times are milliseconds of a 32-bit counter that may wrap. Spec: espota.md 1, 2, 8.
#pragma once

#include "authenticator.hpp"
#include "port.hpp"
#include "updater.hpp"

namespace otatool::firmware {

/// How long the receiver waits for what, in milliseconds.
struct ReceiverTiming {
  /// A nonce is answered at once by a program; otatool repeats its response after 4 s.
  uint32_t challenge = 10'000;
  /// SYNs are repeated after 1, 3 and 7 s; the host waits 10 s (espota.py) or longer.
  uint32_t connect = 10'000;
  /// No byte from the host. In lock-step the host is silent while an ack of ours is lost, which
  /// lwIP repeats after 1.5, 3 and 6 s: three losses in a row are survived, and yet the device is
  /// free again before a user who lost his host has given up.
  uint32_t stall = 15'000;
  /// Between the delivery of the last count and the verdict: espota.py of the ESP8266 never ends
  /// when it reads both at once.
  uint32_t verdict_pause = 250;
  /// For the verdict to be acknowledged, repetitions included.
  uint32_t deliver = 10'000;
  /// For the host to close after that.
  uint32_t linger = 1'000;
};

/// What a receiver works with; all of it outlives the receiver.
struct ReceiverPorts {
  Link& link;
  Hooks& hooks;
  Restart& restart;
  Updater& updater;
  Authenticator& authenticator;
};

class Receiver {
 public:
  enum class State : uint8_t {
    Idle,
    Challenged,  ///< a nonce was sent
    Verifying,   ///< a response is being judged
    Connecting,
    Receiving,
    Settling,  ///< every byte has arrived, the verdict is due
    Closing,   ///< verdict or error text sent
    Restarting,
  };
  static constexpr uint32_t kNever = 0xFFFFFFFF;
  /// Iterations of PBKDF2 in one poll(): some milliseconds at 80 MHz.
  static constexpr uint32_t kRoundsPerPoll = 50;

  explicit Receiver(const ReceiverPorts& ports) : Receiver(ports, ReceiverTiming()) {}
  Receiver(const ReceiverPorts& ports, const ReceiverTiming& timing)
      : ports_(ports), timing_(timing) {}

  /// A datagram of any content came to the port of invitations.
  void on_datagram(const Endpoint& from, const char* bytes, size_t length, uint32_t now);
  void on_connected(uint32_t now);
  void on_connect_failed(uint32_t now);
  /// Bytes came over TCP. They are consumed before this returns, flash included; only then may the
  /// port open its window again.
  void on_bytes(const uint8_t* bytes, size_t length, uint32_t now);
  /// The peer closed or reset the connection, or our own close() is complete.
  void on_closed(uint32_t now);

  /// Does what is due: time-outs, a slice of PBKDF2, the verdict.
  void poll(uint32_t now);
  /// Milliseconds until poll() has something to do; kNever if only an event can bring it.
  uint32_t poll_after(uint32_t now) const;

  State state() const { return state_; }
  const Endpoint& host() const { return host_; }
  const wire::Invitation& invitation() const { return invitation_; }

 private:
  void on_invitation(const Endpoint& from, const wire::Invitation& invitation, uint32_t now);
  void on_response(const Endpoint& from, const wire::Response& response, uint32_t now);
  void consider(const Endpoint& from, const wire::Invitation& invitation, uint32_t now);
  void verify(uint32_t now);
  void start(uint32_t now);
  void settle(uint32_t now);
  void send_acks();
  void linger(uint32_t now);
  void fail(Stage stage, UpdateError error, uint32_t now);
  void give_up(Stage stage, UpdateError error, uint32_t now);
  void finish();
  void enter(State state, uint32_t now);
  void send_text(const char* text, size_t length, const Endpoint& to);
  void refuse(UpdateError error, const Endpoint& to);
  /// The same words from the same host: a repetition, or the network's copy.
  bool repeats(const Endpoint& from, const wire::Invitation& invitation) const;

  ReceiverPorts ports_;
  ReceiverTiming timing_;
  State state_ = State::Idle;
  bool applied_ = false;     ///< end() has succeeded
  uint32_t entered_ = 0;     ///< when the state began, or its last sign of life came
  uint32_t settled_ = 0;     ///< when undelivered bytes were last seen
  uint32_t unreported_ = 0;  ///< bytes consumed that no count has told of
  Endpoint host_{};          ///< where the invitation came from
  wire::Invitation invitation_{};
};

}  // namespace otatool::firmware
