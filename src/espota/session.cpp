#include "otatool/espota/session.hpp"

#include "espota/handshake.hpp"
#include "espota/transfer.hpp"

namespace otatool::espota {
namespace {

// The chunk sizes of espota.py, with which every device works.
constexpr std::size_t kEsp8266Chunk = 1460;
constexpr std::size_t kEsp32Chunk = 1024;

/// A multiple of the segment size, so that no chunk ends in a short segment; at most 1460 bytes.
std::size_t streaming_chunk(std::size_t segment_size) {
  if (segment_size == 0 || segment_size > kEsp8266Chunk) {
    return kEsp8266Chunk;
  }
  return kEsp8266Chunk / segment_size * segment_size;
}

}  // namespace

class Session::State {
 public:
  State(Plan what, const CnonceSeed& cnonce) : plan(std::move(what)), handshake(plan, cnonce) {}

  const Plan plan;
  Handshake handshake;
  std::optional<Transfer> transfer;
  bool done = false;
};

Session::Session(Plan plan, CnonceSeed cnonce)
    : state_(std::make_unique<State>(std::move(plan), cnonce)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Action Session::next(const Event& event, Millis now) {
  State& state = *state_;
  const auto* connected = std::get_if<DeviceConnected>(&event);
  Action action = Wait{now};
  if (state.transfer) {
    action = state.transfer->next(event, now);
  } else if (connected != nullptr) {
    // A connection also means OK; that datagram may be lost (espota.md 1.3).
    const std::size_t lockstep_chunk =
        state.handshake.device_port() == wire::kEsp32Port ? kEsp32Chunk : kEsp8266Chunk;
    state.transfer.emplace(
        state.plan,
        state.plan.lockstep ? lockstep_chunk : streaming_chunk(connected->segment_size),
        state.handshake.kept());
    action = state.transfer->begin(now);
  } else {
    action = state.handshake.next(event, now);
  }
  state.done = std::holds_alternative<Finish>(action);
  return action;
}

std::optional<SendDatagram> Session::cancellation() const {
  return state_->transfer ? std::nullopt : state_->handshake.cancellation();
}

Phase Session::phase() const {
  if (state_->done) {
    return Phase::Done;
  }
  if (!state_->transfer) {
    return state_->handshake.phase();
  }
  return state_->transfer->all_sent() ? Phase::AwaitingVerdict : Phase::Transferring;
}

Millis Session::limit() const {
  return state_->transfer ? state_->transfer->deadline() : state_->handshake.limit();
}

wire::AuthHash Session::auth() const {
  return state_->handshake.auth();
}

std::size_t Session::kept() const {
  return state_->transfer ? state_->transfer->kept() : 0;
}

std::size_t Session::delivered() const {
  return state_->transfer ? state_->transfer->delivered() : 0;
}

}  // namespace otatool::espota
