#include "firmware/core/pull/pull_client.hpp"

#include <string.h>

#include "otatool/wire/delta_patch.hpp"

#include "firmware/core/image_kind.hpp"

namespace otatool::firmware {

const char* describe(PullResult result) {
  switch (result) {
    case PullResult::None:
      return "none";
    case PullResult::NoUpdate:
      return "no update";
    case PullResult::Updated:
      return "updated";
    case PullResult::NoConnection:
      return "no connection";
    case PullResult::Silent:
      return "the server is silent";
    case PullResult::Cut:
      return "the connection was lost";
    case PullResult::Malformed:
      return "malformed response";
    case PullResult::Status:
      return "another status";
    case PullResult::NoLength:
      return "no length";
    case PullResult::NoMd5:
      return "no MD5";
    case PullResult::Refused:
      return "the update was refused";
  }
  return "";
}

void PullClient::enter(State state, uint32_t now) {
  state_ = state;
  last_activity_ = now;
}

void PullClient::start(uint32_t now) {
  if (state_ != State::Idle) {
    return;
  }
  response_.begin();
  error_ = UpdateError::None;
  patch_ = false;
  if (!digest_running()) {
    refuse(Stage::Begin, UpdateError::Read);
    return;
  }
  enter(State::Connecting, now);
  connection_.connect(target_.server);
}

// The server tells by this digest whether it has another application.
bool PullClient::digest_running() {
  constexpr uint32_t kPage = 256;
  if (digested_) {
    return true;
  }
  alignas(4) uint8_t page[kPage];
  Md5 md5;
  for (uint32_t done = 0; done < target_.running_size; done += kPage) {
    const uint32_t left = target_.running_size - done;
    if (!ports_.flash.read(target_.map.application + done, page, kPage)) {
      return false;
    }
    md5.update(page, left < kPage ? left : kPage);
  }
  md5.finish(running_md5_);
  digested_ = true;
  return true;
}

void PullClient::on_connected(uint32_t now) {
  if (state_ == State::Connecting) {
    send_request(now);
  }
}

// The answer to wire::kDeltaQuestion, without its name, the window and the end of the line.
PullText PullClient::identify(char* text) {
  const size_t length = ports_.updater.identify_running(text);
  if (length == 0) {
    return {text, 0};
  }
  const char* at = text + sizeof(wire::kDeltaAnswer) - 1;
  while (*at++ != ' ') {
  }
  return {at, static_cast<size_t>(text + length - 1 - at)};
}

void PullClient::send_request(uint32_t now) {
  char running[wire::kMaxDeltaAnswer];
  const PullText delta = patch_failed_ ? PullText{running, 0} : identify(running);
  const PullQuestion question{&target_.server,
                              target_.path,
                              target_.mac,
                              target_.version,
                              largest_application(target_.map, target_.running_size),
                              target_.running_size,
                              running_md5_,
                              ports_.flash.size(),
                              delta};
  char text[kMaxPullRequest];
  if (connection_.send(text, write_pull_request(question, text))) {
    enter(State::Waiting, now);
  } else {
    fail(Stage::Connect, PullResult::NoConnection);
  }
}

void PullClient::on_connect_failed(uint32_t) {
  if (state_ == State::Connecting) {
    fail(Stage::Connect, PullResult::NoConnection);
  }
}

void PullClient::on_bytes(const uint8_t* bytes, size_t length, uint32_t now) {
  if (state_ == State::Waiting) {
    const size_t header = response_.read(bytes, length);
    bytes += header;
    length -= header;
    read_offer(now);
  }
  if (state_ == State::Receiving && length != 0) {
    write(bytes, length, now);
  }
}

void PullClient::read_offer(uint32_t now) {
  switch (response_.offer()) {
    case PullOffer::Incomplete:
      break;
    case PullOffer::Update:
      begin_update(now);
      break;
    case PullOffer::None:
      finish(PullResult::NoUpdate, now);
      break;
    case PullOffer::Malformed:
      fail(Stage::Begin, PullResult::Malformed);
      break;
    case PullOffer::Status:
      fail(Stage::Begin, PullResult::Status);
      break;
    case PullOffer::NoLength:
      fail(Stage::Begin, PullResult::NoLength);
      break;
    case PullOffer::NoMd5:
      fail(Stage::Begin, PullResult::NoMd5);
      break;
  }
}

void PullClient::begin_update(uint32_t now) {
  UpdateRequest request{wire::Command::Flash, response_.size(), {}};
  memcpy(request.md5, response_.md5(), sizeof(request.md5));
  const UpdateError error =
      ports_.updater.active() ? UpdateError::AlreadyRunning : ports_.updater.begin(request);
  if (error != UpdateError::None) {
    refuse(Stage::Begin, error);
    return;
  }
  enter(State::Receiving, now);
  ports_.hooks.on_start(request.command);
  ports_.hooks.on_progress(0, request.size);
}

// Bytes after the announced ones belong to nothing.
void PullClient::write(const uint8_t* bytes, size_t length, uint32_t now) {
  last_activity_ = now;
  patch_ = patch_ || (ports_.updater.received() == 0 && bytes[0] == kPatchMagic);
  const uint32_t remaining = ports_.updater.remaining();
  const UpdateError error = ports_.updater.write(bytes, length < remaining ? length : remaining);
  if (error != UpdateError::None) {
    refuse(Stage::Receive, error);
    return;
  }
  ports_.hooks.on_progress(ports_.updater.received(), ports_.updater.size());
  if (ports_.updater.remaining() == 0) {
    end_update(now);
  }
}

void PullClient::end_update(uint32_t now) {
  const UpdateError error = ports_.updater.end();
  if (error != UpdateError::None) {
    refuse(Stage::End, error);
    return;
  }
  ports_.hooks.on_end();
  finish(PullResult::Updated, now);
}

void PullClient::on_closed(uint32_t) {
  if (state_ == State::Waiting || state_ == State::Receiving) {
    fail(state_ == State::Waiting ? Stage::Begin : Stage::Receive, PullResult::Cut);
  } else if (state_ == State::Closing) {
    leave();
  }
}

// The server learns that everything has arrived.
void PullClient::finish(PullResult result, uint32_t now) {
  result_ = result;
  connection_.close();
  enter(State::Closing, now);
}

void PullClient::leave() {
  state_ = State::Idle;
  if (result_ == PullResult::Updated) {
    state_ = State::Restarting;
    ports_.restart.restart();
  }
}

void PullClient::refuse(Stage stage, UpdateError error) {
  error_ = error;
  fail(stage, PullResult::Refused);
}

void PullClient::fail(Stage stage, PullResult result) {
  if (state_ == State::Receiving) {
    ports_.updater.cancel();
  }
  connection_.drop();
  patch_failed_ = patch_failed_ || patch_;
  result_ = result;
  state_ = State::Idle;
  ports_.hooks.on_error(stage, error_);
}

void PullClient::poll(uint32_t now) {
  if (state_ == State::Receiving) {
    ports_.updater.erase_ahead();
  }
  if (now - last_activity_ < limit()) {
    return;
  }
  switch (state_) {
    case State::Connecting:
      fail(Stage::Connect, PullResult::NoConnection);
      break;
    case State::Waiting:
      fail(Stage::Begin, PullResult::Silent);
      break;
    case State::Receiving:
      fail(Stage::Receive, PullResult::Silent);
      break;
    case State::Closing:
      connection_.drop();
      leave();
      break;
    case State::Idle:
    case State::Restarting:
      break;
  }
}

uint32_t PullClient::limit() const {
  switch (state_) {
    case State::Connecting:
      return timing_.connect;
    case State::Waiting:
      return timing_.answer;
    case State::Receiving:
      return timing_.stall;
    case State::Closing:
      return timing_.linger;
    case State::Idle:
    case State::Restarting:
      break;
  }
  return kNever;
}

uint32_t PullClient::poll_after(uint32_t now) const {
  const uint32_t most = limit();
  if (most == kNever) {
    return kNever;
  }
  if (state_ == State::Receiving && ports_.updater.can_erase_ahead()) {
    return 0;
  }
  const uint32_t passed = now - last_activity_;
  return passed < most ? most - passed : 0;
}

}  // namespace otatool::firmware
