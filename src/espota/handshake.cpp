#include "espota/handshake.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "otatool/ascii.hpp"
#include "otatool/espota/digest.hpp"
#include "otatool/overloaded.hpp"

#include "espota/finish.hpp"

namespace otatool::espota {
namespace {

/// Upper limit, because each response may cost a key derivation. Lost datagrams and queued
/// invitations cause far fewer challenges.
constexpr std::size_t kMaxChallenges = 16;
constexpr std::size_t kMaxQuotedLength = 60;
constexpr unsigned kMaxDoubtfulRefusals = 3;
/// Responses that may stay without a reply, if each of them is sent only once.
constexpr unsigned kMaxUnrepeatedResponses = 3;
constexpr Millis kMaxTimeOfUnrepeated{30'000};  ///< for the next challenge after one of them

std::string invitation_text(const Plan& plan) {
  wire::Invitation invitation{plan.command, plan.host_port, plan.image_size, {}};
  plan.image_md5.copy(invitation.md5, wire::kMd5HexLength);
  std::string text(wire::kMaxInvitationLength, '\0');
  text.resize(wire::format_invitation(invitation, text.data()));
  return text;
}

}  // namespace

Handshake::Handshake(const Plan& plan, const CnonceSeed& cnonce)
    : plan_(plan), cnonce_(to_hex(cnonce)), invitation_(invitation_text(plan)), invitations_(plan) {
  const bool md5_stored =
      plan.credentials.stored && plan.credentials.stored->reveal().size() == wire::kMd5HexLength;
  if (plan.auth.hash == wire::AuthHash::Md5 || md5_stored) {
    form_ = PasswordForm::Md5;
  }
}

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
    return keep_waiting();  // a newer invitation is already on its way
  }
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
  if (text == wire::kOk) {
    invitations_.on_reply(datagram.from_port);
    if (state_ != State::AwaitingConnection) {
      state_ = State::AwaitingConnection;
      deadline_ = now + plan_.timing.connection;
    }
    return keep_waiting();
  }
  if (text.starts_with(wire::kBeginErrorPrefix)) {
    std::string_view reason = text.substr(sizeof(wire::kBeginErrorPrefix) - 1);
    reason.remove_prefix(std::min(reason.find_first_not_of(' '), reason.size()));
    return finish(Errc::DeviceRefused, fmt::format("the device refused the update: {}", reason));
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

Action Handshake::on_challenge(std::string_view nonce, Millis now) {
  // Devices never repeat a nonce: a known one comes from a delayed copy of a datagram.
  const bool stale = std::find(nonces_.begin(), nonces_.end(), nonce) != nonces_.end();
  if (stale || state_ == State::AwaitingConnection) {
    return keep_waiting();
  }
  nonces_.emplace_back(nonce);
  if (nonces_.size() > kMaxChallenges) {
    return finish(
        Errc::SilentAfterAuth,
        fmt::format("the device sent {} challenges and accepted no response", nonces_.size()));
  }
  if (std::optional<Error> error = why_not_respond(nonce)) {
    return Finish{std::move(error)};
  }
  if (nonce.size() == wire::kSha256HexLength) {
    invitations_.set_queueing();  // only an ESP32 sends this
  }
  const bool only_invitation = invitations_.open() <= 1;
  if (only_invitation) {
    // The device has processed everything that was sent before this invitation, and answers in
    // order.
    invitations_.set_open(0);
    pending_responses_ = 0;
  }
  response_certain_ = only_invitation;
  if (only_invitation || state_ == State::Authenticating) {
    return respond(now);
  }
  // Each of several invitations may have caused a challenge: only the last one is valid.
  state_ = State::Settling;
  deadline_ = now + plan_.timing.settle;
  return keep_waiting();
}

std::optional<Error> Handshake::why_not_respond(std::string_view nonce) const {
  const bool is_short = nonce.size() == wire::kMd5HexLength;
  if (!is_short && nonce.size() != wire::kSha256HexLength) {
    return Error(
        Errc::UnknownChallenge,
        fmt::format("the device sent a nonce of {} characters; only 32 and 64 are supported",
                    nonce.size()));
  }
  if (is_short && plan_.auth.require_sha256) {
    return Error(Errc::WeakChallenge,
                 "the device asks for MD5 authentication although SHA-256 is required");
  }
  if (plan_.auth.require_sha256 && plan_.credentials.given() && form_ == PasswordForm::Md5) {
    return Error(Errc::PasswordRefused,
                 "only the MD5 form of the password may be used although SHA-256 is required");
  }
  if (!plan_.credentials.given()) {
    return Error(Errc::PasswordNeeded, "the device asks for a password and none was given");
  }
  const auto& stored = plan_.credentials.stored;
  const bool long_hash = stored && stored->reveal().size() == wire::kSha256HexLength;
  if (is_short && long_hash) {
    return Error(Errc::PasswordRefused,
                 "the device asks for MD5 authentication and only a SHA-256 hash was given");
  }
  return std::nullopt;
}

std::string Handshake::response_to(std::string_view nonce) {
  const bool is_short = nonce.size() == wire::kMd5HexLength;
  const Credentials& credentials = plan_.credentials;
  const Secret stored = credentials.stored ? *credentials.stored
                                           : stored_form(credentials.password->reveal(),
                                                         is_short ? PasswordForm::Md5 : form_);
  const std::string_view cnonce = std::string_view(cnonce_).substr(0, nonce.size());
  auth_ = is_short ? wire::AuthHash::Md5 : wire::AuthHash::Sha256;
  const std::string answer = is_short ? md5_response(stored.reveal(), nonce, cnonce)
                                      : sha256_response(stored.reveal(), nonce, cnonce);
  std::string text(wire::kMaxResponseLength, '\0');
  text.resize(wire::format_response({cnonce.data(), answer.data(), nonce.size()}, text.data()));
  return text;
}

Action Handshake::respond(Millis now) {
  state_ = State::Authenticating;
  ++pending_responses_;
  sent_at_response_ = invitations_.sent();
  response_ = response_to(nonces_.back());
  response_until_ = now + plan_.timing.response;
  // A repeated response would meet a newer nonce in the queue of an ESP32.
  deadline_ = may_repeat_response() ? std::min(now + plan_.timing.repeat_response, response_until_)
                                    : response_until_;
  return SendDatagram{response_, invitations_.ports(), deadline_};
}

/// A device ignores the copy of a response that it has checked, unless the copy waits in its queue
/// until there is a newer challenge. Only ESP32 cores from 3.3.1 on, which queue, send long nonces.
bool Handshake::may_repeat_response() const {
  return nonces_.back().size() == wire::kMd5HexLength;
}

bool Handshake::may_try_md5() const {
  return auth_ == wire::AuthHash::Sha256 && !plan_.auth.hash && !plan_.auth.require_sha256 &&
         plan_.credentials.password && !tried_md5_;
}

Action Handshake::on_refusal(Millis now) {
  // With several responses on their way the refusal may belong to an older nonce, and so may one
  // that follows several invitations.
  const bool certain = response_certain_ && pending_responses_ == 1;
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
  if (may_try_md5()) {
    tried_md5_ = true;
    form_ = PasswordForm::Md5;
    return invite_again(now);
  }
  if (plan_.auth.require_sha256 && plan_.credentials.password) {
    return finish(Errc::PasswordRefused,
                  "the device refused the SHA-256 form of the password; it may store an MD5 hash, "
                  "which is not sent if SHA-256 is required");
  }
  return finish(Errc::PasswordRefused,
                tried_md5_
                    ? "the device refused the password (its SHA-256 and MD5 forms were tried)"
                    : "the device refused the password");
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
  invitations_.make_due();
  return invite(now);
}

Action Handshake::fail_without_reply(Millis now) const {
  if (unanswered_responses_ > 0) {
    return finish(Errc::SilentAfterAuth,
                  "the device sent a challenge but did not reply to the response");
  }
  std::string message = fmt::format("no answer to {} invitation{} on UDP port {} within {:.3g} s",
                                    invitations_.sent(),
                                    invitations_.sent() == 1 ? "" : "s",
                                    fmt::join(invitations_.ports(), " or "),
                                    std::chrono::duration<double>(now).count());
  if (!closed_ports_.empty()) {
    message += fmt::format("; closed: port {}", fmt::join(closed_ports_, " and "));
  }
  if (!unrecognised_.empty()) {
    message += fmt::format("; it sent '{}', which is not an espota message", unrecognised_);
  }
  if (!refused_peer_.empty()) {
    return finish(
        Errc::OnlyStrangers,
        fmt::format(
            "{}; {} replied, which is not the address of the device", message, refused_peer_));
  }
  if (host_unreachable_) {
    return finish(Errc::HostUnreachable, message + "; the host is unreachable");
  }
  if (!send_error_.empty()) {
    return finish(Errc::NetworkFailed,
                  message + "; sending failed on this computer: " + send_error_);
  }
  return finish(Errc::NoAnswer, std::move(message));
}

Action Handshake::fail_without_connection() const {
  if (!refused_peer_.empty()) {
    return finish(Errc::OnlyStrangers,
                  fmt::format("the device accepted the update, but the connection came from {}, "
                              "which is not its address",
                              refused_peer_));
  }
  return finish(
      Errc::NoConnectionBack,
      fmt::format("the device accepted the update of {} bytes but did not connect back to "
                  "TCP port {} of {}",
                  plan_.image_size,
                  plan_.host_port,
                  plan_.host_address));
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
