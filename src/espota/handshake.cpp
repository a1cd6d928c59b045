#include "espota/handshake.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

#include "otatool/ascii.hpp"
#include "otatool/overloaded.hpp"

#include "espota/finish.hpp"

namespace otatool::espota {
namespace {

/// Upper limit, because each response may cost a key derivation. Lost datagrams and queued
/// invitations cause far fewer challenges.
constexpr std::size_t kMaxChallenges = 16;
constexpr std::size_t kMaxQuotedLength = 60;
/// Upper limit, because each offer to resume costs an MD5 of a part of the image.
constexpr unsigned kMaxOffers = 8;
constexpr unsigned kMaxDoubtfulRefusals = 3;
/// Responses that may stay without a reply, if each of them is sent only once.
constexpr unsigned kMaxUnrepeatedResponses = 3;
constexpr Millis kMaxTimeOfUnrepeated{30'000};  ///< for the next challenge after one of them
/// "Update already running" and its form in ESP8266 cores up to 3.1.2 (espota.md 1.5).
constexpr std::array<std::string_view, 2> kUpdateRunning = {"ERROR[15]", "ERROR[0]"};

std::string invitation_text(const Plan& plan) {
  wire::Invitation invitation{plan.command, plan.host_port, plan.image_size, {}};
  plan.image_md5.copy(invitation.md5, wire::kMd5HexLength);
  std::string text(wire::kMaxInvitationLength, '\0');
  text.resize(wire::format_invitation(invitation, text.data()));
  return text;
}

}  // namespace

Handshake::Handshake(const Plan& plan, const CnonceSeed& cnonce)
    : plan_(plan),
      invitation_(invitation_text(plan)),
      responder_(plan, cnonce),
      invitations_(plan) {}

Action Handshake::next(const Event& event, Millis now) {
  return std::visit(
      Overloaded{
          [&](const Started&) { return start(now); },
          [&](const DatagramReceived& datagram) { return on_datagram(datagram, now); },
          [&](const PortUnreachable& closed) { return on_closed_port(closed.port, now); },
          [&](const HostUnreachable&) {
            host_unreachable_ = true;
            invitations_.on_not_delivered(now);
            return keep_inviting();
          },
          [&](const SendRefused& refused) {
            send_error_ = refused.reason;
            return keep_waiting();
          },
          [&](const PeerRefused& peer) {
            refused_peer_ = peer.address;
            return keep_waiting();
          },
          [&](const ReplyIgnored& reply) {
            refused_peer_ = reply.address;
            return keep_waiting();
          },
          [&](const TimedOut&) { return on_timeout(now); },
          [&](const auto&) { return keep_waiting(); },
      },
      event);
}

Action Handshake::start(Millis now) {
  give_up_at_ = now + plan_.timing.invitation;
  busy_until_ = give_up_at_;
  round_began_at_ = now;
  return invite(now);
}

Action Handshake::invite(Millis now) {
  state_ = State::Inviting;
  std::vector<std::uint16_t> due = invitations_.take_due(now);
  deadline_ = std::min(invitations_.next(), give_up_at_);
  return SendDatagram{invitation_, std::move(due), deadline_};
}

/// Starts the invitations again after a refused response.
Action Handshake::invite_again(Millis now) {
  give_up_at_ = now + plan_.timing.invitation;
  if (invitations_.sent() > sent_at_response_) {
    return keep_inviting();  // a newer invitation is already on its way
  }
  round_began_at_ = now;
  invitations_.restart();
  return invite(now);
}

/// Waits in any state; while inviting, until the next invitation is due.
Action Handshake::keep_inviting() {
  if (state_ == State::Inviting) {
    deadline_ = std::min(invitations_.next(), give_up_at_);
  }
  return keep_waiting();
}

Action Handshake::on_datagram(const DatagramReceived& datagram, Millis now) {
  const std::string_view text = trimmed(datagram.bytes);
  wire::Challenge challenge{};
  wire::Kept offer{};
  if (text == wire::kOk) {
    invitations_.on_reply(datagram.from_port);
    kept_ = 0;
    if (state_ != State::AwaitingConnection) {
      state_ = State::AwaitingConnection;
      deadline_ = now + plan_.timing.connection;
    }
    return keep_waiting();
  }
  if (wire::parse_kept(text.data(), text.size(), offer)) {
    return on_offer(offer);
  }
  if (text.starts_with(wire::kBeginErrorPrefix)) {
    return on_begin_error(text.substr(sizeof(wire::kBeginErrorPrefix) - 1));
  }
  if (text == wire::kAuthenticationFailed && pending_responses_ > 0) {
    return on_refusal(now);
  }
  if (wire::parse_challenge(text.data(), text.size(), challenge)) {
    invitations_.on_reply(datagram.from_port);
    return on_challenge({challenge.nonce, challenge.nonce_length}, now);
  }
  if (text == "AUTH") {
    return on_challenge({}, now);
  }
  // A refusal without a pending response comes from an earlier run.
  if (text != wire::kAuthenticationFailed) {
    unrecognised_ = text.substr(0, kMaxQuotedLength);
  }
  return keep_waiting();
}

/// The device has a part of an image that was announced like this one. The host resumes only if its
/// own image begins with the same bytes.
Action Handshake::on_offer(const wire::Kept& offer) {
  const bool fits = offer.bytes < plan_.image_size && plan_.prefix_md5 && ++offers_ <= kMaxOffers &&
                    plan_.prefix_md5(offer.bytes) == std::string_view(offer.md5, sizeof(offer.md5));
  kept_ = fits ? offer.bytes : 0;
  return keep_waiting();
}

/// With `persistent`, invites again while another update is running on the device (espota.md 1.5).
Action Handshake::on_begin_error(std::string_view reason) {
  reason.remove_prefix(std::min(reason.find_first_not_of(' '), reason.size()));
  refusal_ = fmt::format("the device refused the update: {}", reason);
  const bool busy = std::ranges::any_of(
      kUpdateRunning, [reason](std::string_view each) { return reason.starts_with(each); });
  if (!plan_.persistent || !busy) {
    return finish(Errc::DeviceRefused, refusal_);
  }
  state_ = State::Inviting;
  give_up_at_ = busy_until_;
  challenges_ = 0;
  invitations_.set_open(0);
  pending_responses_ = 0;
  return keep_inviting();
}

Action Handshake::on_challenge(std::string_view nonce, Millis now) {
  if (state_ == State::AwaitingConnection) {
    return keep_waiting();
  }
  if (std::find(nonces_.begin(), nonces_.end(), nonce) != nonces_.end()) {
    return on_known_nonce(nonce, now);
  }
  nonces_.emplace_back(nonce);
  if (++challenges_ > kMaxChallenges) {
    return finish(
        Errc::SilentAfterAuth,
        fmt::format("the device sent {} challenges and accepted no response", challenges_));
  }
  if (std::optional<Error> error = responder_.why_not_respond(nonce)) {
    return Finish{std::move(error)};
  }
  if (nonce.size() == wire::kSha256HexLength) {
    invitations_.set_queueing();  // only an ESP32 sends this
  }
  const unsigned open = invitations_.open();
  if (open == 0) {
    return on_surplus_challenge(now);
  }
  if (open > 1) {
    // The reply may belong to the first invitation of this round. The next round leaves more time
    // than that between its invitations, so that each reply belongs to a known one.
    invitations_.slow_down(2 * (now - round_began_at_));
  } else {
    // The device has processed everything that was sent before this invitation, and answers in
    // order.
    invitations_.set_open(0);
    pending_responses_ = 0;
  }
  response_certain_ = open == 1;
  challenge_took_ = response_certain_ ? now - round_began_at_ : Millis(0);
  if (state_ == State::Authenticating || (response_certain_ && !crowded_)) {
    return respond(now);
  }
  // Each of several invitations may have caused a challenge: only the last one is valid.
  return settle(now);
}

/// Stock devices never repeat a nonce: a known one comes from a delayed copy of a datagram. The
/// receiver of `firmware/` repeats it until a response arrives, and the last one may be lost.
Action Handshake::on_known_nonce(std::string_view nonce, Millis now) {
  if (state_ != State::Inviting || unanswered_responses_ == 0 || nonce != nonces_.back()) {
    return keep_waiting();
  }
  response_certain_ = false;
  return settle(now);
}

/// A challenge for which no invitation was sent: the network repeats datagrams, or another host
/// uploads to the device. A response to an earlier nonce is refused even if the password is right.
Action Handshake::on_surplus_challenge(Millis now) {
  crowded_ = true;
  if (state_ == State::Authenticating) {
    response_certain_ = false;
    return respond(now);
  }
  return settle(now);
}

Action Handshake::settle(Millis now) {
  state_ = State::Settling;
  deadline_ = now + plan_.timing.settle;
  return keep_waiting();
}

Action Handshake::respond(Millis now) {
  state_ = State::Authenticating;
  ++pending_responses_;
  refusal_.clear();
  response_repeated_ = false;
  sent_at_response_ = invitations_.sent();
  response_ = responder_.response_to(nonces_.back());
  response_until_ = now + plan_.timing.response;
  // A repeated response would meet a newer nonce in the queue of an ESP32. A device that was slow
  // to send its challenge is as slow to read the response.
  const Millis repeat_after = std::max(plan_.timing.repeat_response, 2 * challenge_took_);
  deadline_ =
      may_repeat_response() ? std::min(now + repeat_after, response_until_) : response_until_;
  return SendDatagram{response_, invitations_.ports(), deadline_};
}

/// A device ignores the copy of a response that it has checked, unless the copy waits in its queue
/// until there is a newer challenge. Only ESP32 cores from 3.3.1 on, which queue, send long nonces.
bool Handshake::may_repeat_response() const {
  return nonces_.back().size() == wire::kMd5HexLength;
}

Action Handshake::on_refusal(Millis now) {
  // With several responses on their way the refusal may belong to an older nonce, and so may one
  // that follows several invitations. A repeated response may have met the nonce of another host;
  // that is improbable twice.
  const bool repeated = response_repeated_ && !std::exchange(doubted_repeated_, true);
  const bool certain = response_certain_ && pending_responses_ == 1 && !repeated;
  if (--pending_responses_ == 0) {
    invitations_.set_open(invitations_.sent() - sent_at_response_);
  }
  if (!certain) {
    if (++doubtful_refusals_ > kMaxDoubtfulRefusals) {
      return finish(Errc::SilentAfterAuth,
                    "the device refuses every response, perhaps because the response reaches it "
                    "after a newer challenge");
    }
    return invite_again(now);
  }
  return responder_.fall_back_to_md5() ? invite_again(now) : Finish{responder_.refusal()};
}

Action Handshake::on_timeout(Millis now) {
  switch (state_) {
    case State::Inviting:
      return now < give_up_at_ ? invite(now) : fail_without_reply(now);
    case State::Settling:
      return respond(now);
    case State::Authenticating:
      if (now < response_until_) {
        // The response may be lost; a device that has received it ignores the copy.
        deadline_ = response_until_;
        response_repeated_ = true;
        return SendDatagram{response_, invitations_.ports(), deadline_};
      }
      return on_no_reply_to_response(now);
    case State::AwaitingConnection:
      return fail_without_connection();
  }
  return keep_waiting();
}

Action Handshake::on_no_reply_to_response(Millis now) {
  const bool repeated = may_repeat_response();
  if (++unanswered_responses_ > (repeated ? 1U : kMaxUnrepeatedResponses)) {
    return fail_without_reply(now);
  }
  // A late invitation may have made the device drop the challenge: invite again. A device that lost
  // the response still waits for it and swallows the first invitation.
  const espota::Timing& timing = plan_.timing;
  give_up_at_ =
      now + (repeated ? timing.response : std::min(timing.invitation, kMaxTimeOfUnrepeated));
  round_began_at_ = now;
  invitations_.make_due();
  return invite(now);
}

Action Handshake::on_closed_port(std::uint16_t port, Millis now) {
  const std::vector<std::uint16_t> ports = invitations_.ports();
  const bool invited = std::ranges::count(ports, port) > 0;
  if (state_ != State::Inviting || !invited || !nonces_.empty()) {
    return keep_waiting();
  }
  if (std::ranges::count(closed_ports_, port) == 0) {
    closed_ports_.push_back(port);
  }
  if (plan_.persistent) {
    invitations_.on_not_delivered(port, now);
    return keep_inviting();
  }
  if (invitations_.remove(port)) {
    return keep_inviting();
  }
  return finish(Errc::PortClosed,
                fmt::format("the host is up, but nothing listens on its UDP port {}",
                            fmt::join(closed_ports_, " or ")));
}

std::optional<SendDatagram> Handshake::cancellation() const {
  if (invitations_.sent() == 0 || state_ == State::AwaitingConnection) {
    return std::nullopt;
  }
  // A wrong response ends WAITAUTH and is ignored in every other state. An invitation would start a
  // new update on an idle device.
  const std::string zeros(wire::kMd5HexLength, '0');
  std::string text(wire::kMaxResponseLength, '\0');
  text.resize(wire::format_response({zeros.data(), zeros.data(), zeros.size()}, text.data()));
  return SendDatagram{text, invitations_.ports(), deadline_};
}

Millis Handshake::limit() const {
  switch (state_) {
    case State::Inviting:
      return give_up_at_;
    case State::Authenticating:
      return response_until_;
    case State::Settling:
    case State::AwaitingConnection:
      break;
  }
  return deadline_;
}

Phase Handshake::phase() const {
  switch (state_) {
    case State::Inviting:
      return Phase::Inviting;
    case State::Settling:
    case State::Authenticating:
      return Phase::Authenticating;
    case State::AwaitingConnection:
      return Phase::AwaitingConnection;
  }
  return Phase::Inviting;
}

}  // namespace otatool::espota
