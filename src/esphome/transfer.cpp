// The device's answers from the first byte of the image on, and what a lost connection means
// (esphome-ota.md 2, steps 11 to 15, and 7).
#include <fmt/format.h>

#include "esphome/protocol.hpp"
#include "esphome/session_state.hpp"

namespace otatool::esphome {

void Session::State::take_progress(std::uint8_t answer) {
  const std::size_t handed_over = sent_ + block_;
  if (answer == kBlockOk && version_ >= 2 && blocks_ * kBlock < handed_over) {
    ++blocks_;
    extend_deadline();
  } else if (answer == kReceiveOk && handed_over == payload_.size()) {
    expect(Step::Verdict);
  } else {
    unexpected(answer);
  }
}

void Session::State::take_verdict(std::uint8_t answer) {
  if (answer != kEndOk) {
    unexpected(answer);
    return;
  }
  send_byte(kOk);
  expect(Step::Nothing);
}

bool Session::State::all_handed_over() const {
  return step_ >= Step::Data && sent_ + block_ == payload_.size();
}

void Session::State::lost(Errc code, std::string_view what) {
  if (step_ == Step::Nothing) {
    end(std::nullopt);  // the verdict is there, only our thanks are lost
  } else if (all_handed_over()) {
    fail(Errc::VerdictLost,
         fmt::format("all {} bytes were sent, but {} before its verdict", payload_.size(), what));
  } else if (step_ == Step::Data) {
    fail(code, fmt::format("{} {}", what, position()));
  } else {
    fail(code, fmt::format("{} before {}", what, awaited()));
  }
}

void Session::State::on_closed(bool reset) {
  reset ? lost(Errc::ConnectionReset, "the device reset the connection")
        : lost(Errc::ConnectionClosed, "the device closed the connection");
}

void Session::State::on_timeout() {
  const auto limit = step_ >= Step::PrepareOk ? plan_.timing.data : plan_.timing.handshake;
  const std::string what = fmt::format("the device sent nothing for {:g} s",
                                       std::chrono::duration<double>(limit).count());
  // An earlier connection may block the device until its own time limit (esphome-ota.md 7).
  lost(step_ == Step::Greeting ? Errc::NoAnswer : Errc::Stalled, what);
}

std::string Session::State::position() const {
  return fmt::format("after {} of {} bytes ({} %)",
                     delivered(),
                     payload_.size(),
                     payload_.empty() ? 100 : delivered() * 100 / payload_.size());
}

}  // namespace otatool::esphome
