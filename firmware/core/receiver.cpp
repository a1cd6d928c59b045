#include "firmware/core/receiver.hpp"

#include <string.h>

#include "otatool/wire/delta_patch.hpp"

#include "firmware/core/digest/hex.hpp"

namespace otatool::firmware {
namespace {

constexpr uint32_t kDeliveryCheckInterval = 10;

uint32_t elapsed(uint32_t now, uint32_t since) {
  return now - since;
}

bool same_address(const Endpoint& left, const Endpoint& right) {
  return left.address_length == right.address_length && left.scope == right.scope &&
         memcmp(left.address, right.address, left.address_length) == 0;
}

}  // namespace

void Receiver::enter(State state, uint32_t now) {
  state_ = state;
  last_activity_ = now;
  last_in_flight_ = now;
}

void Receiver::on_datagram(const Endpoint& from, const char* bytes, size_t length, uint32_t now) {
  wire::Invitation invitation{};
  wire::Response response{};
  uint8_t md5[Md5::kDigestLength];
  if (wire::parse_invitation(bytes, length, invitation) &&
      from_hex(invitation.md5, sizeof(md5), md5)) {
    on_invitation(from, invitation, now);
  } else if (ports_.authenticator.hash() != wire::AuthHash::None &&
             wire::parse_response(bytes, length, ports_.authenticator.hex_length(), response)) {
    on_response(from, response, now);
  } else if (state_ == State::Idle && length == sizeof(wire::kDeltaQuestion) - 1 &&
             memcmp(bytes, wire::kDeltaQuestion, length) == 0) {
    char text[wire::kMaxDeltaAnswer];
    const size_t answer = ports_.updater.identify_running(text);
    if (answer != 0) {
      send_text(text, answer, from);
    }
  }
}

bool Receiver::repeats(const Endpoint& from, const wire::Invitation& invitation) const {
  return same_address(from, host_) && invitation.command == invitation_.command &&
         invitation.host_port == invitation_.host_port &&
         invitation.image_size == invitation_.image_size &&
         memcmp(invitation.md5, invitation_.md5, sizeof(invitation.md5)) == 0;
}

void Receiver::on_invitation(const Endpoint& from,
                             const wire::Invitation& invitation,
                             uint32_t now) {
  switch (state_) {
    case State::Challenged:
      // The host that was challenged first has some time to respond.
      if (!same_address(from, host_) && elapsed(now, challenged_at_) < timing_.hold) {
        break;
      }
      handle_new_invitation(from, invitation, now);
      break;
    case State::Idle:
      handle_new_invitation(from, invitation, now);
      break;
    case State::Connecting:
      if (repeats(from, invitation)) {
        send_ok(from);
      } else if (same_address(from, host_)) {
        ports_.link.drop();
        give_up(Stage::Connect, UpdateError::None, now);
        handle_new_invitation(from, invitation, now);
      } else {
        refuse(UpdateError::AlreadyRunning, from);
      }
      break;
    case State::Receiving:
    case State::Settling:
      if (repeats(from, invitation)) {
        send_text(wire::kOk, 2, from);
      } else {
        refuse(UpdateError::AlreadyRunning, from);
      }
      break;
    case State::Closing:
      // A device that is about to restart is silent: the host repeats its invitation.
      if (!applied_) {
        ports_.link.drop();
        handle_new_invitation(from, invitation, now);
      }
      break;
    case State::Verifying:
    case State::Restarting:
      break;
  }
}

void Receiver::handle_new_invitation(const Endpoint& from,
                                     const wire::Invitation& invitation,
                                     uint32_t now) {
  if (ports_.authenticator.hash() != wire::AuthHash::None) {
    challenge(from, invitation, now);
    return;
  }
  host_ = from;
  invitation_ = invitation;
  start(now);
}

void Receiver::challenge(const Endpoint& from, const wire::Invitation& invitation, uint32_t now) {
  if (guesses_.pause_left(from, now) != 0) {
    // A host that has not guessed is not refused: it repeats its invitation.
    if (guesses_.guessed(from)) {
      refuse(UpdateError::Paused, from);
    }
    return;
  }
  if (state_ != State::Challenged || !same_address(from, host_)) {
    ports_.authenticator.make_nonce();
    challenged_at_ = now;
    former_port_ = 0;
  } else if (from.port != host_.port && !repeats(from, invitation)) {
    former_ = invitation_;
    former_port_ = host_.port;
  }
  host_ = from;
  invitation_ = invitation;
  char text[wire::kMaxChallengeLength];
  const wire::Challenge challenge{ports_.authenticator.nonce(), ports_.authenticator.hex_length()};
  send_text(text, wire::format_challenge(challenge, text), from);
  enter(State::Challenged, now);
}

void Receiver::on_response(const Endpoint& from, const wire::Response& response, uint32_t now) {
  if (!same_address(from, host_)) {
    return;
  }
  if (state_ == State::Challenged) {
    if (from.port == former_port_) {
      invitation_ = former_;
    }
    // The ESP32's espota.py sends its response from a new port and expects the reply there.
    host_.port = from.port;
    ports_.authenticator.start_check(response);
    enter(State::Verifying, now);
    verify(now);
  } else if (state_ == State::Connecting && from.port == host_.port) {
    // The host repeated its response: the OK was lost or is still on its way.
    send_ok(from);
  }
}

void Receiver::verify(uint32_t now) {
  switch (ports_.authenticator.check(kRoundsPerPoll)) {
    case Authenticator::Verdict::Pending:
      break;
    case Authenticator::Verdict::Accepted:
      guesses_.right_answer();
      start(now);
      break;
    case Authenticator::Verdict::Refused:
      guesses_.wrong_answer(host_, now);
      send_text(wire::kAuthenticationFailed, sizeof(wire::kAuthenticationFailed) - 1, host_);
      give_up(Stage::Auth, UpdateError::None, now);
      break;
  }
}

void Receiver::start(uint32_t now) {
  UpdateRequest request{invitation_.command, invitation_.image_size, {}};
  from_hex(invitation_.md5, sizeof(request.md5), request.md5);
  request.may_resume = true;
  const UpdateError error = ports_.updater.begin(request);
  if (error != UpdateError::None) {
    refuse(error, host_);
    give_up(Stage::Begin, error, now);
    return;
  }
  applied_ = false;
  unacked_ = 0;
  offered_ = ports_.updater.received() != 0;
  line_read_ = 0;
  send_ok(host_);
  enter(State::Connecting, now);
  ports_.hooks.on_start(invitation_.command);
  ports_.hooks.on_progress(0, invitation_.image_size);
  Endpoint listener = host_;
  listener.port = invitation_.host_port;
  ports_.link.connect(listener);
}

void Receiver::on_connected(uint32_t now) {
  if (state_ == State::Connecting) {
    enter(State::Receiving, now);
  }
}

void Receiver::on_connect_failed(uint32_t now) {
  if (state_ == State::Connecting) {
    give_up(Stage::Connect, UpdateError::None, now);
  }
}

void Receiver::on_bytes(const uint8_t* bytes, size_t length, uint32_t now) {
  if (length == 0) {
    return;
  }
  if (state_ == State::Settling) {
    if (!applied_) {
      fail(Stage::Receive, UpdateError::Size, now);
    }
    return;
  }
  if (state_ != State::Receiving) {
    return;
  }
  last_activity_ = now;
  const UpdateError error =
      read_resume_line(bytes, length) ? ports_.updater.write(bytes, length) : UpdateError::Size;
  if (error != UpdateError::None) {
    fail(Stage::Receive, error, now);
    return;
  }
  unacked_ += static_cast<uint32_t>(length);
  send_acks();
  ports_.hooks.on_progress(ports_.updater.received(), ports_.updater.size());
  if (ports_.updater.remaining() == 0) {
    enter(State::Settling, now);
  }
}

void Receiver::on_closed(uint32_t now) {
  switch (state_) {
    case State::Receiving:
      give_up(Stage::Receive, UpdateError::None, now);
      break;
    case State::Settling: {
      // The image is complete. A stock device applies it too, although no host reads the verdict.
      const UpdateError error = applied_ ? UpdateError::None : ports_.updater.end();
      if (error == UpdateError::None) {
        finish();
      } else {
        give_up(Stage::End, error, now);
      }
      break;
    }
    case State::Closing:
      if (applied_) {
        finish();
      } else {
        enter(State::Idle, now);
      }
      break;
    default:
      break;
  }
}

void Receiver::settle(uint32_t now) {
  const bool timed_out = elapsed(now, last_activity_) >= timing_.stall;
  if (!applied_) {
    send_acks();
    if ((unacked_ != 0 || ports_.link.undelivered() != 0) && !timed_out) {
      last_in_flight_ = now;
      return;
    }
    if (elapsed(now, last_in_flight_) < timing_.verdict_pause) {
      return;
    }
    const UpdateError error = ports_.updater.end();
    if (error != UpdateError::None) {
      fail(Stage::End, error, now);
      return;
    }
    applied_ = true;
  }
  if (ports_.link.send(wire::kOk, 2)) {
    ports_.link.close();
    enter(State::Closing, now);
  } else if (timed_out) {
    ports_.link.drop();
    finish();
  }
}

void Receiver::linger(uint32_t now) {
  const bool delivered = ports_.link.undelivered() == 0;
  if (!delivered) {
    last_in_flight_ = now;
  }
  if (elapsed(now, last_activity_) >= timing_.deliver + timing_.linger ||
      (delivered && elapsed(now, last_in_flight_) >= timing_.linger)) {
    ports_.link.drop();
    on_closed(now);
  }
}

void Receiver::fail(Stage stage, UpdateError error, uint32_t now) {
  char text[kMaxErrorLength];
  ports_.updater.cancel();
  ports_.link.send(text, report(error, ports_.updater.mismatch(), text));
  ports_.link.close();
  applied_ = false;
  unacked_ = 0;
  enter(State::Closing, now);
  ports_.hooks.on_error(stage, error);
}

void Receiver::give_up(Stage stage, UpdateError error, uint32_t now) {
  ports_.updater.cancel();
  unacked_ = 0;
  enter(State::Idle, now);
  ports_.hooks.on_error(stage, error);
}

void Receiver::finish() {
  state_ = State::Restarting;
  ports_.hooks.on_end();
  ports_.restart.restart();
}

void Receiver::poll(uint32_t now) {
  switch (state_) {
    case State::Challenged:
      if (elapsed(now, last_activity_) >= timing_.challenge) {
        enter(State::Idle, now);
      }
      break;
    case State::Verifying:
      verify(now);
      break;
    case State::Connecting:
      if (elapsed(now, last_activity_) >= timing_.connect) {
        ports_.link.drop();
        give_up(Stage::Connect, UpdateError::None, now);
      }
      ports_.updater.erase_ahead();
      break;
    case State::Receiving:
      send_acks();
      if (elapsed(now, last_activity_) >= timing_.stall) {
        fail(Stage::Receive, UpdateError::Stream, now);
      }
      ports_.updater.erase_ahead();
      break;
    case State::Settling:
      settle(now);
      break;
    case State::Closing:
      linger(now);
      break;
    case State::Idle:
    case State::Restarting:
      break;
  }
}

uint32_t Receiver::poll_after(uint32_t now) const {
  uint32_t limit = 0;
  switch (state_) {
    case State::Idle:
    case State::Restarting:
      return kNever;
    case State::Verifying:
      return 0;
    case State::Settling:
    case State::Closing:
      return kDeliveryCheckInterval;
    case State::Challenged:
      limit = timing_.challenge;
      break;
    case State::Connecting:
      limit = timing_.connect;
      break;
    case State::Receiving:
      limit = timing_.stall;
      break;
  }
  // Another update may use the flash while this receiver is idle.
  if (state_ != State::Challenged && ports_.updater.can_erase_ahead()) {
    return 0;
  }
  const uint32_t passed = elapsed(now, last_activity_);
  const uint32_t left = passed < limit ? limit - passed : 0;
  return unacked_ != 0 && left > kDeliveryCheckInterval ? kDeliveryCheckInterval : left;
}

}  // namespace otatool::firmware
