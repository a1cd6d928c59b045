// The device side of espota as a state machine: the port reports events with their time, the
// receiver replies through Link and writes through Updater. No sockets, no clock, no heap.
// Times are milliseconds of a 32-bit counter that may wrap. Spec: espota.md 1, 2, 8.
#pragma once

#include "firmware/core/authenticator.hpp"
#include "firmware/core/guess_limit.hpp"
#include "firmware/core/port.hpp"
#include "firmware/core/updater.hpp"

namespace otatool::firmware {

/// Timeouts in milliseconds.
struct ReceiverTiming {
  /// From challenge to response; otatool repeats its response after 4 s.
  uint32_t challenge = 10'000;
  /// From a challenge to the first invitation from another address that may replace it.
  uint32_t hold = 5'000;
  /// To connect: TCP repeats the SYN after 1, 3 and 7 s; the host waits 10 s (espota.py) or longer.
  uint32_t connect = 10'000;
  /// Without a byte from the host. A host in lock-step sends nothing while an ack is lost; lwIP
  /// repeats it after 1.5, 3 and 6 s. 15 s survive three losses in a row.
  uint32_t stall = 15'000;
  /// Pause between the delivery of the last ack and the verdict: the ESP8266's espota.py never ends
  /// if it reads both at once.
  uint32_t verdict_pause = 250;
  /// For the host to acknowledge the verdict, retransmissions included.
  uint32_t deliver = 10'000;
  /// For the host to close after that.
  uint32_t linger = 1'000;
};

/// All of it must outlive the receiver.
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
    Verifying,   ///< a response is being checked
    Connecting,
    Receiving,
    Settling,  ///< all bytes received, the verdict is due
    Closing,   ///< verdict or error text sent
    Restarting,
  };
  static constexpr uint32_t kNever = 0xFFFFFFFF;
  /// Iterations of PBKDF2 in one poll(): a few milliseconds at 80 MHz.
  static constexpr uint32_t kRoundsPerPoll = 50;

  explicit Receiver(const ReceiverPorts& ports) : Receiver(ports, ReceiverTiming()) {}
  Receiver(const ReceiverPorts& ports, const ReceiverTiming& timing)
      : ports_(ports), timing_(timing) {}

  /// A datagram of any content arrived at the invitation port.
  void on_datagram(const Endpoint& from, const char* bytes, size_t length, uint32_t now);
  void on_connected(uint32_t now);
  void on_connect_failed(uint32_t now);
  /// Bytes arrived over TCP. On return they are consumed and written to flash: the port may only
  /// then reopen its TCP window.
  void on_bytes(const uint8_t* bytes, size_t length, uint32_t now);
  /// The peer closed or reset the connection, or our own close() is complete.
  void on_closed(uint32_t now);

  /// Does what is due: timeouts, a slice of PBKDF2, the verdict.
  void poll(uint32_t now);
  /// Milliseconds until poll() has work; kNever if it has none until the next event.
  uint32_t poll_after(uint32_t now) const;

  State state() const { return state_; }
  const Endpoint& host() const { return host_; }
  const wire::Invitation& invitation() const { return invitation_; }

 private:
  void on_invitation(const Endpoint& from, const wire::Invitation& invitation, uint32_t now);
  void on_response(const Endpoint& from, const wire::Response& response, uint32_t now);
  void handle_new_invitation(const Endpoint& from,
                             const wire::Invitation& invitation,
                             uint32_t now);
  void challenge(const Endpoint& from, const wire::Invitation& invitation, uint32_t now);
  void verify(uint32_t now);
  void start(uint32_t now);
  void settle(uint32_t now);
  void send_ok(const Endpoint& to);
  bool read_resume_line(const uint8_t*& bytes, size_t& length);
  void send_acks();
  void linger(uint32_t now);
  void fail(Stage stage, UpdateError error, uint32_t now);
  void give_up(Stage stage, UpdateError error, uint32_t now);
  void finish();
  void enter(State state, uint32_t now);
  void send_text(const char* text, size_t length, const Endpoint& to);
  void refuse(UpdateError error, const Endpoint& to);
  /// True for the same invitation from the same host: the host or the network repeated it.
  bool repeats(const Endpoint& from, const wire::Invitation& invitation) const;

  ReceiverPorts ports_;
  ReceiverTiming timing_;
  State state_ = State::Idle;
  bool applied_ = false;         ///< end() has succeeded
  bool offered_ = false;         ///< to resume; the first bytes tell whether the host does
  uint8_t line_read_ = 0;        ///< characters of its line
  uint32_t last_activity_ = 0;   ///< start of the state, or time of the last bytes received
  uint32_t last_in_flight_ = 0;  ///< when undelivered bytes were last seen
  uint32_t unacked_ = 0;         ///< bytes consumed but not yet acked to the host
  uint32_t challenged_at_ = 0;   ///< when the nonce was made
  GuessLimit guesses_;
  Endpoint host_{};  ///< where the invitation came from
  wire::Invitation invitation_{};
  /// Another invitation from the same address to the same nonce, and its port; 0: none.
  wire::Invitation former_{};
  uint16_t former_port_ = 0;
};

}  // namespace otatool::firmware
