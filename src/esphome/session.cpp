#include "otatool/esphome/session.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "otatool/overloaded.hpp"

#include "esphome/protocol.hpp"
#include "esphome/session_state.hpp"

namespace otatool::esphome {

Session::State::State(Plan plan, const Seed& seed) : plan_(std::move(plan)), seed_(seed) {}

Action Session::State::next(const Event& event, Millis now) {
  now_ = now;
  on_event(event);
  return act();
}

void Session::State::on_event(const Event& event) {
  std::visit(Overloaded{
                 [this](const Connected&) {
                   send_unit(kMagic);
                   expect(Step::Greeting);
                 },
                 [this](const PayloadChosen& payload) { on_payload(payload); },
                 [this](const PayloadRefused& refused) { end(refused.reason); },
                 [this](const BytesReceived& received) { on_bytes(received); },
                 [this](const Sent& sent) { on_sent(sent); },
                 [this](const TimedOut&) { on_timeout(); },
                 [this](const Closed& closed) { on_closed(closed.reset); },
             },
             event);
}

void Session::State::on_bytes(const BytesReceived& received) {
  const std::optional<Error> error = channel_.receive(as_bytes(received.bytes));
  if (step_ == Step::Handshake && channel_.is_sealed()) {
    expect(Step::Auth);
  }
  read_inbox();
  if (error) {
    error->code() == Errc::NetworkFailed ? lost(error->code(), error->message()) : end(*error);
  }
}

void Session::State::read_inbox() {
  std::string& inbox = channel_.inbox();
  while (!finish_ && !choosing_ && !inbox.empty()) {
    const auto answer = static_cast<std::uint8_t>(inbox.front());
    inbox.erase(0, 1);
    take_answer(answer);
  }
}

void Session::State::on_sent(const Sent& sent) {
  writing_ = false;
  sent_ += std::exchange(block_, 0);
  queued_ = std::min(sent.queued, sent_);
  if (step_ == Step::Nothing && outbox_.empty()) {
    end(std::nullopt);
  } else if (step_ == Step::Data) {
    extend_deadline();
  }
}

void Session::State::on_payload(const PayloadChosen& payload) {
  choosing_ = false;
  payload_ = payload.bytes;
  md5_ = payload.md5;
  if (extended_) {
    send_byte(kApplication);
  }
  std::array<std::uint8_t, 4> size{};
  for (std::size_t i = 0; i < size.size(); ++i) {
    size[i] = static_cast<std::uint8_t>(payload_.size() >> (24 - 8 * i));
  }
  send_unit(size);
  expect(Step::PrepareOk);
  read_inbox();
}

Action Session::State::act() {
  if (finish_) {
    return *finish_;
  }
  if (choosing_) {
    return ChoosePayload{gzip_};
  }
  if (writing_) {
    return Wait{deadline_};
  }
  if (!outbox_.empty()) {
    writing_ = true;
    in_flight_ = std::exchange(outbox_, {});
    return Send{as_bytes(in_flight_), deadline_};
  }
  return may_send_block() ? send_block() : Wait{deadline_};
}

bool Session::State::may_send_block() const {
  if (step_ != Step::Data || sent_ == payload_.size()) {
    return false;
  }
  return !plan_.lockstep || version_ < 2 || blocks_ * kBlock >= sent_;
}

Action Session::State::send_block() {
  const Bytes block = payload_.subspan(sent_, std::min(kBlock, payload_.size() - sent_));
  writing_ = true;
  block_ = block.size();
  if (!channel_.is_sealed()) {
    return Send{block, deadline_};
  }
  in_flight_.clear();
  channel_.send(block, in_flight_);
  return Send{as_bytes(in_flight_), deadline_};
}

void Session::State::expect(Step step) {
  step_ = step;
  extend_deadline();
}

void Session::State::extend_deadline() {
  const Timing& timing = plan_.timing;
  deadline_ = now_ + (step_ == Step::Nothing     ? timing.farewell
                      : step_ >= Step::PrepareOk ? timing.data
                                                 : timing.handshake);
}

void Session::State::end(std::optional<Error> error) {
  if (!finish_) {
    finish_ = Finish{std::move(error)};
  }
}

void Session::State::unexpected(std::uint8_t answer) {
  fail(Errc::DeviceRefused, fmt::format("the device sent {:02X} instead of {}", answer, awaited()));
}

Phase Session::State::phase() const {
  if (finish_) {
    return Phase::Done;
  }
  if (step_ < Step::Handshake) {
    return Phase::Greeting;
  }
  if (step_ < Step::PrepareOk) {
    return Phase::Authenticating;
  }
  if (step_ < Step::Data) {
    return Phase::Preparing;
  }
  return sent_ == payload_.size() ? Phase::AwaitingVerdict : Phase::Transferring;
}

std::size_t Session::State::delivered() const {
  if (step_ > Step::Data) {
    return payload_.size();
  }
  return version_ < 2 ? sent_ - queued_ : std::min(blocks_ * kBlock, payload_.size());
}

Session::Session(Plan plan, const Seed& seed)
    : state_(std::make_unique<State>(std::move(plan), seed)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Action Session::next(const Event& event, Millis now) {
  return state_->next(event, now);
}
Phase Session::phase() const {
  return state_->phase();
}
Millis Session::limit() const {
  return state_->limit();
}
Challenge Session::challenge() const {
  return state_->challenge();
}
bool Session::encrypted() const {
  return state_->encrypted();
}
std::size_t Session::delivered() const {
  return state_->delivered();
}
std::size_t Session::total() const {
  return state_->total();
}

}  // namespace otatool::esphome
