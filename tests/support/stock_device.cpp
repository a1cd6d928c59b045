#include "tests/support/stock_device.hpp"

#include <algorithm>
#include <utility>

#include "tests/support/stock_datagram.hpp"
#include "tests/support/stock_digest.hpp"

namespace otatool::testing {
namespace {

/// Datagrams that lwIP queues for a socket.
constexpr std::size_t kQueueLength = 6;
/// ESP8266 delays: after a refused begin, and between `OK` and the connection.
constexpr Millis kAfterReply{100};
constexpr std::size_t kNonceLimit = 256;

}  // namespace

std::string_view to_string(DeviceState state) {
  switch (state) {
    case DeviceState::Idle:
      return "idle";
    case DeviceState::WaitAuth:
      return "waitauth";
    case DeviceState::RunUpdate:
      return "runupdate";
    case DeviceState::Restarted:
      return "restarted";
  }
  return "idle";
}

StockDevice::StockDevice(DeviceSetup setup) : setup_(std::move(setup)) {
  if (setup_.quirks.waits_for_response) {
    state_ = DeviceState::WaitAuth;
    nonce_ = std::string(setup_.profile.nonce_length(), '0');
  }
}

void StockDevice::datagram(std::string_view bytes, std::uint16_t from_port, Millis now) {
  if (state_ == DeviceState::Restarted) {
    return;
  }
  const DatagramKind kind = kind_of(bytes);
  record_.invitations += kind == DatagramKind::Invitation ? 1 : 0;
  record_.responses += kind == DatagramKind::Response ? 1 : 0;
  record_.junk += kind == DatagramKind::Junk ? 1 : 0;
  const Datagram datagram{std::string(bytes), from_port};
  if (!esp32()) {
    // The network callback runs while the sketch is busy, but ignores datagrams in RUNUPDATE.
    if (state_ != DeviceState::RunUpdate) {
      handle_datagram(datagram, now);
    }
    return;
  }
  if (queue_.size() == kQueueLength) {
    ++record_.dropped;
    return;
  }
  queue_.push_back(datagram);
  if (step_ == Step::None) {
    schedule_handle(now);
  }
}

void StockDevice::connected(Millis now) {
  if (step_ != Step::Connecting) {
    return;
  }
  ++record_.connections;
  step_ = Step::Receiving;
  step_at_.reset();
  receiver_ = StockReceiver::make({setup_.profile, setup_.quirks, announcement_}, effects_);
  receiver_->start(now);
}

void StockDevice::connect_failed(Millis now) {
  if (step_ == Step::Connecting) {
    back_to_idle(now);
  }
}

void StockDevice::bytes(std::string_view bytes, Millis now) {
  if (step_ == Step::Receiving) {
    receiver_->bytes(bytes, now);
  }
}

void StockDevice::host_closed(bool reset, Millis now) {
  if (step_ == Step::Receiving) {
    receiver_->host_closed(reset, now);
    settle_transfer(now);
  }
}

void StockDevice::advance(Millis now) {
  for (auto due = next_wake(); due && *due <= now; due = next_wake()) {
    const Millis at = *due;
    if (step_ == Step::Receiving) {
      receiver_->wake(at);
      settle_transfer(at);
    } else if (step_at_ && *step_at_ <= at) {
      step(at);
    } else {
      handle_at_.reset();
      if (state_ == DeviceState::RunUpdate) {
        begin_update(at);
      } else if (!queue_.empty()) {
        const Datagram datagram = std::move(queue_.front());
        queue_.pop_front();
        handle_datagram(datagram, at);
      }
      if (step_ == Step::None && !handle_at_ && !queue_.empty()) {
        schedule_handle(at);
      }
    }
  }
}

std::optional<Millis> StockDevice::next_wake() const {
  if (step_ == Step::Receiving) {
    return receiver_->next_wake();
  }
  return step_at_ ? step_at_ : handle_at_;
}

TimedEffects StockDevice::take_effects() {
  return std::exchange(effects_, {});
}

const TransferRecord* StockDevice::transfer() const {
  return receiver_ ? &receiver_->record() : nullptr;
}

std::size_t StockDevice::receive_space() const {
  const std::size_t unread = receiver_ ? receiver_->unread() : 0;
  return setup_.profile.window - std::min(setup_.profile.window, unread);
}

void StockDevice::handle_datagram(const Datagram& datagram, Millis now) {
  if (state_ == DeviceState::Idle) {
    handle_invitation(datagram, now);
  } else if (state_ == DeviceState::WaitAuth) {
    handle_response(datagram, now);
  }
}

void StockDevice::handle_invitation(const Datagram& datagram, Millis now) {
  const auto announcement = read_invitation(datagram.bytes);
  if (!announcement) {
    return;
  }
  announcement_ = *announcement;
  reply_port_ = datagram.from_port;
  if (!setup_.password.empty()) {
    challenge(now);
  } else {
    accept(now);
  }
}

void StockDevice::handle_response(const Datagram& datagram, Millis now) {
  const Quirks& quirks = setup_.quirks;
  state_ = DeviceState::Idle;
  if (kind_of(datagram.bytes) != DatagramKind::Response) {
    if (!quirks.swallows_in_waitauth) {
      handle_invitation(datagram, now);
    }
    return;
  }
  const auto response = read_response(datagram.bytes, setup_.profile.nonce_length());
  if (!response) {
    return;
  }
  if (esp32()) {
    reply_port_ = datagram.from_port;
  }
  const Millis checked = now + setup_.profile.response_check;
  busy_until_ = checked;
  if (is_right(response->cnonce, response->response)) {
    accept(checked);
    return;
  }
  ++record_.refusals;
  if (!quirks.loses_auth_failed) {
    reply("Authentication Failed", checked);
  }
}

void StockDevice::challenge(Millis now) {
  const Quirks& quirks = setup_.quirks;
  ++record_.challenges;
  state_ = DeviceState::WaitAuth;
  const std::string source = std::to_string(setup_.seed) + "/" + std::to_string(record_.challenges);
  const std::size_t length =
      std::min(quirks.nonce_length.value_or(setup_.profile.nonce_length()), kNonceLimit);
  nonce_.clear();
  while (nonce_.size() < length) {
    nonce_ += sha256_text(source + nonce_);
  }
  nonce_.resize(length);
  const bool late = record_.challenges == 1 && quirks.first_nonce_late;
  const Millis at = late ? now + *quirks.first_nonce_late : now;
  reply("AUTH " + nonce_, at);
  if (quirks.repeats_challenges) {
    reply("AUTH " + nonce_, at);
  }
}

void StockDevice::accept(Millis now) {
  state_ = DeviceState::RunUpdate;
  if (esp32() || setup_.profile.ok_from_callback) {
    say_ok(now);
  }
  schedule_handle(now);
}

void StockDevice::begin_update(Millis now) {
  if (const auto error = begin_error(now)) {
    if (setup_.profile.ok_before_begin) {
      back_to_idle(now);
      return;
    }
    reply("ERR: " + error_line(setup_.profile, *error), now);
    step_ = Step::Refused;
    step_at_ = now + kAfterReply;
    return;
  }
  if (setup_.profile.ok_before_begin) {
    step_at_ = now + setup_.quirks.start_callback;
  } else {
    say_ok(now);
    step_at_ = now + kAfterReply + setup_.quirks.start_callback;
  }
  step_ = Step::Start;
}

void StockDevice::connect_back(Millis now) {
  const Quirks& quirks = setup_.quirks;
  step_ = Step::Connecting;
  step_at_ = now + setup_.profile.connect_timeout;
  if (quirks.stranger_first) {
    effects_.push_back({now, Connect{announcement_.host_port, true}});
  }
  if (!quirks.never_connects) {
    effects_.push_back({now, Connect{announcement_.host_port, false}});
  }
}

void StockDevice::back_to_idle(Millis now) {
  state_ = DeviceState::Idle;
  step_ = Step::None;
  step_at_.reset();
  if (!queue_.empty()) {
    schedule_handle(now);
  }
}

void StockDevice::step(Millis now) {
  step_at_.reset();
  if (step_ == Step::Start) {
    connect_back(now);
  } else {
    back_to_idle(now);
  }
}

void StockDevice::settle_transfer(Millis now) {
  switch (receiver_->end()) {
    case StockReceiver::End::None:
      break;
    case StockReceiver::End::Failed:
      back_to_idle(now);
      break;
    case StockReceiver::End::Updated:
      state_ = DeviceState::Restarted;
      step_ = Step::None;
      queue_.clear();
      break;
  }
}

void StockDevice::schedule_handle(Millis now) {
  if (!setup_.quirks.never_handles) {
    const Millis next = std::max(now, busy_until_) + setup_.quirks.loop_delay;
    handle_at_ = std::max(handle_at_.value_or(next), setup_.quirks.blocked_until);
  }
}

void StockDevice::reply(std::string bytes, Millis at) {
  effects_.push_back(
      {at, Reply{std::move(bytes), reply_port_, setup_.quirks.replies_from_other_port}});
}

void StockDevice::say_ok(Millis at) {
  if (!setup_.quirks.loses_ok) {
    reply("OK", at);
  }
}

bool StockDevice::is_right(std::string_view cnonce, std::string_view response) const {
  AuthFields fields{{}, nonce_, std::string(cnonce)};
  if (setup_.profile.challenge == ChallengeKind::Md5) {
    fields.stored = md5_text(setup_.password);
    return response == expected_md5_response(fields);
  }
  fields.stored =
      setup_.quirks.stores_md5 ? md5_text(setup_.password) : sha256_text(setup_.password);
  return response == expected_sha256_response(fields);
}

std::optional<UpdaterError> StockDevice::begin_error(Millis now) const {
  if (now < setup_.quirks.busy_until) {
    return UpdaterError{15, "Update already running"};
  }
  if (setup_.quirks.begin_error) {
    return setup_.quirks.begin_error;
  }
  if (announcement_.size > setup_.partition_size) {
    return UpdaterError{4, "Not Enough Space"};
  }
  return std::nullopt;
}

}  // namespace otatool::testing
