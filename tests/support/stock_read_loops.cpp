#include <algorithm>
#include <utility>

#include "tests/support/stock_receiver.hpp"

namespace otatool::testing {
namespace {

/// ESP8266: reads everything available, looks again a millisecond later, and sends a count only
/// when the socket was empty. Never gives up a connection that stays open.
class Esp8266Receiver : public StockReceiver {
 public:
  Esp8266Receiver(Setup setup, TimedEffects& effects) : StockReceiver(std::move(setup), effects) {}

 private:
  void starved(Millis now) override {
    if (drained_ != 0) {
      return_from_drain(now);
    } else if (host_gone()) {
      fail_silently(false, now);
    } else {
      wait_for_data(now);
    }
  }

  void read(Millis now) override {
    const std::size_t taken = consume(remaining(), now);
    if (taken == 0) {
      return;
    }
    drained_ += taken;
    if (remaining() == 0) {
      return_from_drain(now + flash_time(taken));
    } else {
      read_again_at(now + kReadPoll + flash_time(taken));
    }
  }

  void return_from_drain(Millis now) {
    count(std::exchange(drained_, 0), now);
    if (remaining() == 0) {
      complete(now);
    } else {
      wait_for_data(now);
    }
  }

  std::size_t drained_ = 0;
};

/// ESP32: reads at most 1460 bytes, sends a count after each read, repeats the last count when no
/// data arrives, and at last gives up without a message.
class Esp32Receiver : public StockReceiver {
 public:
  Esp32Receiver(Setup setup, TimedEffects& effects) : StockReceiver(std::move(setup), effects) {}

 private:
  static constexpr std::size_t kLargestRead = 1460;
  static constexpr unsigned kTries = 3;

  void starved(Millis now) override {
    if (!waiting_) {
      waiting_ = true;
      wait_for_data(now);
    } else if (!host_gone() && counted() && tries_ < kTries) {
      ++tries_;
      repeat_count(now);
      wait_for_data(now);
    } else {
      fail_silently(false, now);
    }
  }

  void read(Millis now) override {
    const std::size_t taken = consume(std::min(kLargestRead, remaining()), now);
    if (taken == 0) {
      return;
    }
    waiting_ = false;
    tries_ = 0;
    const std::size_t before = record().image.size() - taken;
    const bool first_block = before < kFlashSector && record().image.size() >= kFlashSector;
    if (first_block && !begins_like_an_image()) {
      fail(wrong_kind(), false, now);
      return;
    }
    const Millis done = now + flash_time(taken);
    count(taken, done);
    if (remaining() != 0) {
      read_again_at(done + kReadPoll);
    } else if (!begins_like_an_image()) {
      fail(wrong_kind(), false, done);
    } else {
      complete(done);
    }
  }

  [[nodiscard]] UpdaterError wrong_kind() const {
    return {0,
            setup().quirks.decrypts ? "Decryption error" : std::string(setup().profile.bad_magic)};
  }

  bool waiting_ = true;
  unsigned tries_ = 0;
};

}  // namespace

std::unique_ptr<StockReceiver> StockReceiver::make(Setup setup, TimedEffects& effects) {
  if (setup.profile.lineage == Lineage::Esp8266) {
    return std::make_unique<Esp8266Receiver>(std::move(setup), effects);
  }
  return std::make_unique<Esp32Receiver>(std::move(setup), effects);
}

}  // namespace otatool::testing
