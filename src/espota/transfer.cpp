#include "espota/transfer.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otatool/overloaded.hpp"
#include "otatool/wire/resume.hpp"

#include "espota/finish.hpp"

namespace otatool::espota {
namespace {

/// Bytes of acks beyond which a device is not taken seriously: it may acknowledge every 32 bytes
/// and repeat itself, but not send digits without end.
constexpr std::size_t most_reply_bytes(std::size_t image_size) {
  return std::size_t{64} * 1024 + image_size / 16;
}

/// The line that accepts the device's offer; empty without one.
std::string resume_line(std::size_t kept) {
  std::string line(wire::kMaxResumeLength, '\0');
  line.resize(kept == 0 ? 0 : wire::format_resume(static_cast<std::uint32_t>(kept), line.data()));
  return line;
}

}  // namespace

Action Transfer::begin(Millis now) {
  progressed_at_ = now;
  return send_or_wait(now);
}

Action Transfer::next(const Event& event, Millis now) {
  return std::visit(Overloaded{
                        [&](const ChunkSent& chunk) { return on_chunk_sent(chunk, now); },
                        [&](const BytesReceived& reply) { return on_bytes(reply, now); },
                        [&](const TimedOut& timeout) {
                          note_queued(timeout.queued, now);
                          return on_timeout();
                        },
                        [&](const Closed& closed) {
                          note_queued(closed.queued, now);
                          return on_closed(closed.reset);
                        },
                        // Late datagrams and refused peers have no effect on the transfer.
                        [&](const auto&) -> Action { return Wait{deadline_}; },
                    },
                    event);
}

void Transfer::note_queued(std::size_t queued, Millis now) {
  // `queued` may contain a part of the chunk that is being written, which `sent_` does not include.
  queued_ = std::min(queued, pending_ > 0 ? queued_ : sent_ - kept_);
  if (delivered() > progress_) {
    progress_ = delivered();
    progressed_at_ = now;
  }
}

bool Transfer::must_wait_for_reply() const {
  return plan_.lockstep ? unanswered_ > 0 : unanswered_ >= plan_.unanswered_limit;
}

Action Transfer::send_or_wait(Millis now) {
  const bool half_ok = scanner_.state() == wire::AckScanner::State::HalfOk;
  if (scanner_.speaking() && !half_ok) {
    deadline_ = now + plan_.timing.error_text;
  } else if (all_sent() || half_ok) {
    deadline_ = progressed_at_ + plan_.timing.verdict;
  } else {
    deadline_ = progressed_at_ + plan_.timing.stall;
    if (pending_ == 0 && !must_wait_for_reply()) {
      pending_ = std::min(chunk_size_, plan_.image_size - sent_);
      return SendChunk{sent_, pending_, deadline_, sent_ == kept_ ? resume_line(kept_) : ""};
    }
  }
  return Wait{std::max(deadline_, now)};
}

Action Transfer::on_chunk_sent(const ChunkSent& chunk, Millis now) {
  sent_ += pending_;
  unanswered_ += pending_;
  pending_ = 0;
  progressed_at_ = now;
  note_queued(chunk.queued, now);
  if (scanner_.speaking()) {
    return Wait{deadline_};
  }
  return send_or_wait(now);
}

Action Transfer::on_bytes(const BytesReceived& reply, Millis now) {
  const bool text_had_begun = scanner_.speaking();
  scanner_.feed(reply.bytes.data(), reply.bytes.size());
  reply_bytes_ += reply.bytes.size();
  note_queued(reply.queued, now);
  replied_at_ = delivered();
  unanswered_ = 0;
  if (scanner_.decided()) {
    return verdict();
  }
  if (text_had_begun) {
    return Wait{deadline_};
  }
  if (scanner_.speaking()) {
    progressed_at_ = now;
  } else if (reply_bytes_ > most_reply_bytes(plan_.image_size)) {
    return finish(Errc::DeviceReported,
                  fmt::format("the device sent {} bytes of acknowledgements and no verdict, {}",
                              reply_bytes_,
                              position()));
  }
  return send_or_wait(now);
}

Action Transfer::verdict() {
  if (scanner_.state() == wire::AckScanner::State::Error) {
    return finish(Errc::DeviceReported,
                  fmt::format("the device reported {}: {}",
                              position(),
                              std::string_view(scanner_.error_text(), scanner_.error_length())));
  }
  if (sent_ + pending_ < plan_.image_size) {
    return finish(Errc::DeviceReported,
                  fmt::format("the device reported OK too early, {}", position()));
  }
  sent_ = plan_.image_size;
  queued_ = 0;
  return Finish{};
}

Action Transfer::lost_verdict(const char* how) const {
  return finish(Errc::VerdictLost,
                fmt::format("all {} bytes were delivered{}, but {} without a verdict",
                            plan_.image_size,
                            last_reply(),
                            how));
}

Action Transfer::on_timeout() {
  const bool half_ok = scanner_.state() == wire::AckScanner::State::HalfOk;
  if (scanner_.speaking() && !half_ok) {
    scanner_.finish();
    return verdict();
  }
  if (delivered() == plan_.image_size) {
    return lost_verdict("the device sent nothing more");
  }
  return finish(Errc::Stalled,
                fmt::format("the transfer stalled {}{}: the device accepted no data for {} s",
                            position(),
                            last_reply(),
                            std::chrono::duration_cast<std::chrono::seconds>(
                                all_sent() ? plan_.timing.verdict : plan_.timing.stall)
                                .count()));
}

Action Transfer::on_closed(bool reset) {
  const bool half_ok = scanner_.state() == wire::AckScanner::State::HalfOk;
  scanner_.finish();
  if (scanner_.decided() && !half_ok) {
    return verdict();
  }
  if (delivered() == plan_.image_size) {
    return lost_verdict(reset ? "the device reset the connection"
                              : "the device closed the connection");
  }
  return reset ? finish(Errc::ConnectionReset,
                        fmt::format("the device reset the connection {}", position()))
               : finish(Errc::ConnectionClosed,
                        fmt::format("the device closed the connection {}", position()));
}

/// The system of a device that has stopped still acknowledges data for a while: only a reply shows
/// what the device itself has taken.
std::string Transfer::last_reply() const {
  return replied_at_ == delivered()
             ? std::string()
             : fmt::format(" (its last reply came after {} bytes)", replied_at_);
}

std::string Transfer::position() const {
  return fmt::format("after {} of {} bytes ({} %)",
                     delivered(),
                     plan_.image_size,
                     plan_.image_size == 0 ? 100 : delivered() * 100 / plan_.image_size);
}

}  // namespace otatool::espota
