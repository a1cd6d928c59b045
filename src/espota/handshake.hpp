// The UDP half of an attempt: from the first invitation to the device's connection.
// Part of Session; no sockets, no clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/espota/digest.hpp"
#include "otatool/espota/session.hpp"

namespace otatool::espota {

class Handshake {
 public:
  Handshake(const Plan& plan, const CnonceSeed& cnonce);

  [[nodiscard]] Action next(const Event& event, Millis now);
  [[nodiscard]] std::optional<SendDatagram> farewell() const;
  [[nodiscard]] Phase phase() const;
  [[nodiscard]] AuthScheme auth() const { return auth_; }
  /// The port the device answered from, or the first one it was invited at.
  [[nodiscard]] std::uint16_t device_port() const { return ports_.front(); }

 private:
  enum class State { Inviting, Settling, Authenticating, AwaitingConnection };

  Action start(Millis now);
  Action invite(Millis now);
  Action on_datagram(const DatagramReceived& datagram, Millis now);
  Action on_challenge(std::string_view nonce, Millis now);
  Action on_refusal(Millis now);
  Action on_timeout(Millis now);
  Action on_closed_port(std::uint16_t port);
  Action respond(Millis now);
  Action on_silence(Millis now);
  Action no_answer(Millis now) const;
  Action no_connection() const;
  Action keep_waiting() const { return Wait{deadline_}; }
  void narrow_ports(std::uint16_t from_port);
  [[nodiscard]] std::optional<Error> unanswerable(std::string_view nonce) const;
  [[nodiscard]] std::string response_to(std::string_view nonce);
  [[nodiscard]] bool may_fall_back() const;

  const Plan& plan_;
  std::string cnonce_;
  std::string invitation_;
  State state_ = State::Inviting;
  AuthScheme auth_ = AuthScheme::None;
  PasswordForm form_ = PasswordForm::Sha256;  ///< for 64-digit nonces
  std::vector<std::uint16_t> ports_;          ///< still possible
  std::vector<std::uint16_t> closed_ports_;
  std::vector<std::string> nonces_;  ///< seen, the newest last
  std::string response_;             ///< the last one sent
  bool response_open_ = false;       ///< sent, and neither accepted nor refused yet
  bool fell_back_ = false;
  bool was_silent_ = false;  ///< a response stayed without reply
  bool host_unreachable_ = false;
  std::string send_refusal_;
  std::string stranger_;
  std::string strange_;  ///< the last datagram that means nothing
  unsigned invitations_ = 0;
  std::size_t pace_index_ = 0;
  Millis give_up_at_{0};
  Millis response_until_{0};
  Millis deadline_{0};
};

}  // namespace otatool::espota
