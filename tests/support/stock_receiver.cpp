#include "tests/support/stock_receiver.hpp"

#include <algorithm>
#include <utility>

#include "tests/support/stock_digest.hpp"

namespace otatool::testing {
namespace {

constexpr Millis kWaitCycle{1'000};
/// How long counts are collected before they are sent (Nagle's algorithm and delayed acks).
constexpr Millis kGlueTime{50};

}  // namespace

StockReceiver::StockReceiver(Setup setup, TimedEffects& effects)
    : setup_(std::move(setup)), effects_(effects) {}

void StockReceiver::start(Millis now) {
  connected_at_ = now;
  last_data_ = now;
  wait_for_data(now);
}

void StockReceiver::bytes(std::string_view bytes, Millis now) {
  if (phase_ == Phase::Over) {
    return;
  }
  if (!record_.first_data) {
    record_.first_data = now - connected_at_;
  }
  record_.longest_wait = std::max(record_.longest_wait, now - last_data_);
  last_data_ = now;
  unread_.append(bytes);
  if (phase_ == Phase::Waiting && wake_at_) {
    phase_ = Phase::Reading;
    wake_at_ = now + kReadPoll;
  }
}

void StockReceiver::host_closed(bool reset, Millis now) {
  host_gone_ = true;
  host_reset_ = host_reset_ || reset;
  const bool stuck = !wake_at_ && phase_ == Phase::Waiting && !setup_.quirks.stalls_at;
  if (stuck) {
    fail_silently(false, now);
  }
}

std::optional<Millis> StockReceiver::next_wake() const {
  if (wake_at_ && flush_at_) {
    return std::min(*wake_at_, *flush_at_);
  }
  return wake_at_ ? wake_at_ : flush_at_;
}

void StockReceiver::wake(Millis now) {
  if (flush_at_ && *flush_at_ <= now) {
    flush_counts(now);
  }
  if (!wake_at_ || *wake_at_ > now) {
    return;
  }
  wake_at_.reset();
  switch (phase_) {
    case Phase::Waiting:
      starved(now);
      break;
    case Phase::Reading:
      if (unread_.empty()) {
        starved(now);
      } else {
        read(now);
      }
      break;
    case Phase::Verifying:
      if (const auto error = flaw()) {
        fail(*error, false, now);
        break;
      }
      phase_ = Phase::BeforeVerdict;
      wake_at_ = now + setup_.profile.before_verdict;
      break;
    case Phase::BeforeVerdict:
      say_ok(now);
      break;
    case Phase::BeforeClose:
      close(false, now);
      phase_ = Phase::BeforeRestart;
      wake_at_ = now + setup_.profile.before_restart;
      break;
    case Phase::BeforeRestart:
      phase_ = Phase::Over;
      end_ = End::Updated;
      break;
    case Phase::Over:
      break;
  }
}

void StockReceiver::wait_for_data(Millis now) {
  waiting_since_ = now;
  phase_ = unread_.empty() ? Phase::Waiting : Phase::Reading;
  wake_at_ = now + (unread_.empty() ? kWaitCycle : kReadPoll);
}

void StockReceiver::read_again_at(Millis at) {
  phase_ = Phase::Reading;
  wake_at_ = at;
}

std::size_t StockReceiver::consume(std::size_t most, Millis now) {
  const Quirks& quirks = setup_.quirks;
  std::size_t taken = std::min(most, unread_.size());
  const std::size_t done = record_.image.size();
  if (quirks.stalls_at) {
    taken = std::min(taken, *quirks.stalls_at - std::min(*quirks.stalls_at, done));
  }
  record_.image.append(unread_, 0, taken);
  unread_.erase(0, taken);
  const std::size_t total = record_.image.size();
  if (quirks.vanishes_at && total >= quirks.vanishes_at->at) {
    fail_silently(quirks.vanishes_at->reset, now);
    return 0;
  }
  if (quirks.error_at && total >= quirks.error_at->at) {
    if (setup_.profile.errors_end_loop) {
      fail(quirks.error_at->error, quirks.error_at->reset, now);
    } else {
      phase_ = Phase::Waiting;
    }
    return 0;
  }
  if (taken == 0) {
    phase_ = Phase::Waiting;
  }
  return taken;
}

void StockReceiver::count(std::size_t bytes, Millis now) {
  record_.largest_count = std::max(record_.largest_count, bytes);
  const std::size_t piece = setup_.quirks.ack_piece == 0 ? bytes : setup_.quirks.ack_piece;
  for (std::size_t left = bytes; left != 0;) {
    const std::size_t part = std::min(left, piece);
    left -= part;
    ++record_.counts;
    last_count_ = std::to_string(part);
    held_counts_ += last_count_;
    ++held_;
    if (!flush_at_) {
      flush_at_ = now + kGlueTime;
    }
    const bool last = remaining() == 0;
    if (last ? !setup_.quirks.glues_ok : held_ >= setup_.quirks.glued_acks) {
      flush_counts(now);
    }
  }
  if (remaining() == 0 && setup_.quirks.glues_ok) {
    flush_at_.reset();
  }
}

void StockReceiver::repeat_count(Millis now) {
  ++record_.counts;
  ++record_.repeated_counts;
  write(last_count_, now);
}

void StockReceiver::complete(Millis now) {
  phase_ = Phase::Verifying;
  wake_at_ = now + setup_.quirks.verify;
}

void StockReceiver::fail_silently(bool reset, Millis now) {
  held_counts_.clear();
  close(reset, now);
  phase_ = Phase::Over;
  end_ = End::Failed;
  wake_at_.reset();
  flush_at_.reset();
}

void StockReceiver::fail(const UpdaterError& error, bool reset, Millis now) {
  const Quirks& quirks = setup_.quirks;
  flush_counts(now);
  Millis at = now;
  if (!quirks.loses_text) {
    const std::string line = error_line(setup_.profile, error);
    const std::size_t piece = quirks.text_piece == 0 ? line.size() : quirks.text_piece;
    for (std::size_t i = 0; i < line.size(); i += piece) {
      at = now + quirks.text_gap * static_cast<int>(i / piece);
      write(line.substr(i, piece), at);
    }
  }
  fail_silently(reset, at);
}

std::size_t StockReceiver::remaining() const {
  return setup_.announcement.size - record_.image.size();
}

Millis StockReceiver::flash_time(std::size_t bytes) const {
  const std::size_t total = record_.image.size();
  const std::size_t sectors = total / kFlashSector - (total - bytes) / kFlashSector;
  return setup_.quirks.flash_sector * static_cast<int>(sectors);
}

bool StockReceiver::begins_like_an_image() const {
  if (setup_.announcement.filesystem || record_.image.empty()) {
    return true;
  }
  const char first = record_.image.front();
  const bool gzip = setup_.profile.lineage == Lineage::Esp8266 && first == '\x1F';
  return first == '\xE9' || gzip;
}

void StockReceiver::write(std::string bytes, Millis at) {
  // An ESP8266 treats a FIN of the host as the end of the connection; an ESP32 continues to write.
  const bool deaf = host_reset_ || (host_gone_ && setup_.profile.lineage == Lineage::Esp8266);
  if (!deaf && !bytes.empty()) {
    effects_.push_back({at, Write{std::move(bytes)}});
  }
}

void StockReceiver::flush_counts(Millis now) {
  write(std::exchange(held_counts_, {}), now);
  held_ = 0;
  flush_at_.reset();
}

void StockReceiver::say_ok(Millis now) {
  if (!setup_.quirks.loses_verdict) {
    write(std::exchange(held_counts_, {}) + (setup_.quirks.repeats_ok ? "OKOK" : "OK"), now);
  }
  flush_counts(now);
  phase_ = Phase::BeforeClose;
  wake_at_ = now + setup_.profile.before_close;
}

void StockReceiver::close(bool reset, Millis at) {
  record_.unread_at_the_end = unread_.size();
  // lwIP sends RST when a connection with unread data is closed.
  if (reset || !unread_.empty()) {
    effects_.push_back({at, Reset{}});
  } else {
    effects_.push_back({at, Close{}});
  }
}

std::optional<UpdaterError> StockReceiver::flaw() const {
  const std::string sum = md5_text(record_.image);
  if (sum != setup_.announcement.md5) {
    return UpdaterError{7,
                        setup_.profile.md5_error_names_sums
                            ? "MD5 verification failed: expected: " + setup_.announcement.md5 +
                                  ", calculated: " + sum
                            : "MD5 Check Failed"};
  }
  if (!begins_like_an_image()) {
    return UpdaterError{10, std::string(setup_.profile.bad_magic)};
  }
  return std::nullopt;
}

}  // namespace otatool::testing
