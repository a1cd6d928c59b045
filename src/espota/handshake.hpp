// The UDP half of an attempt: from the first invitation to the device's connection.
// A device may process a datagram long after it was sent, but in the order of arrival. This class
// counts the invitations and responses that may still be in the device's queue, and believes a
// refusal only if it must belong to the newest nonce (espota.md 2.1). Part of Session; no sockets,
// no clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/espota/session.hpp"
#include "otatool/wire/resume.hpp"

#include "espota/invitations.hpp"
#include "espota/responder.hpp"

namespace otatool::espota {

class Handshake {
 public:
  Handshake(const Plan& plan, const CnonceSeed& cnonce);

  [[nodiscard]] Action next(const Event& event, Millis now);
  [[nodiscard]] std::optional<SendDatagram> cancellation() const;
  [[nodiscard]] Phase phase() const;
  /// When the handshake, or a part of it, fails without a reply.
  [[nodiscard]] Millis limit() const;
  [[nodiscard]] wire::AuthHash auth() const { return responder_.auth(); }
  /// The port from which the device replied, else the first invited port.
  [[nodiscard]] std::uint16_t device_port() const { return invitations_.ports().front(); }
  /// First bytes of this image that the device offered not to receive again; 0 without an offer.
  [[nodiscard]] std::uint32_t kept() const { return kept_; }

 private:
  enum class State { Inviting, Settling, Authenticating, AwaitingConnection };

  Action start(Millis now);
  Action invite(Millis now);
  Action invite_again(Millis now);
  Action keep_inviting();
  Action on_datagram(const DatagramReceived& datagram, Millis now);
  Action on_offer(const wire::Kept& offer);
  Action on_begin_error(std::string_view reason);
  Action on_challenge(std::string_view nonce, Millis now);
  Action on_known_nonce(std::string_view nonce, Millis now);
  Action on_surplus_challenge(Millis now);
  Action settle(Millis now);
  Action on_refusal(Millis now);
  Action on_timeout(Millis now);
  Action on_closed_port(std::uint16_t port, Millis now);
  Action respond(Millis now);
  Action on_no_reply_to_response(Millis now);
  Action fail_without_reply(Millis now) const;
  Action fail_without_connection() const;
  Action keep_waiting() const { return Wait{deadline_}; }
  [[nodiscard]] bool may_repeat_response() const;

  const Plan& plan_;
  std::string invitation_;
  Responder responder_;
  State state_ = State::Inviting;
  Invitations invitations_;
  std::vector<std::uint16_t> closed_ports_;
  std::vector<std::string> nonces_;  ///< received, the newest last
  std::size_t challenges_ = 0;
  bool crowded_ = false;           ///< more challenges than invitations came
  std::string response_;           ///< the last datagram with a response
  bool response_certain_ = false;  ///< its challenge answers the only open invitation
  bool response_repeated_ = false;
  bool doubted_repeated_ = false;      ///< the refusal of a repeated response
  unsigned pending_responses_ = 0;     ///< sent, neither accepted nor refused yet
  unsigned sent_at_response_ = 0;      ///< rounds of invitations before the last response
  unsigned doubtful_refusals_ = 0;     ///< may belong to an older nonce
  unsigned unanswered_responses_ = 0;  ///< without a reply in time
  std::uint32_t kept_ = 0;
  unsigned offers_ = 0;
  bool host_unreachable_ = false;
  std::string send_error_;    ///< why this computer did not send a datagram
  std::string refused_peer_;  ///< address of the last one
  std::string refusal_;       ///< why the device did not begin the update
  std::string unrecognised_;  ///< last unrecognised datagram, for the error message
  Millis round_began_at_{0};  ///< first invitation since the start, a refusal or a silence
  Millis challenge_took_{0};  ///< from the invitation
  Millis busy_until_{0};      ///< how long to wait for the end of another update
  Millis give_up_at_{0};
  Millis response_until_{0};
  Millis deadline_{0};
};

}  // namespace otatool::espota
