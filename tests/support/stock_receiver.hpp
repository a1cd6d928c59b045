// The TCP phase of a stock device: reads the image, sends counts and the verdict. No sockets, no
// clock. Spec: espota.md 1.4, 1.5, 2.1, 7.3.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/stock_effects.hpp"
#include "tests/support/stock_profile.hpp"

namespace otatool::testing {

constexpr std::size_t kFlashSector = 4096;
/// Time between two looks for data: the loops call delay(1).
constexpr Millis kReadPoll{1};

/// Contents of an accepted invitation.
struct Announcement {
  bool filesystem = false;
  std::uint16_t host_port = 0;
  std::size_t size = 0;
  std::string md5;
};

/// Progress of one transfer.
struct TransferRecord {
  std::string image;
  std::size_t counts = 0;             ///< numbers written
  std::size_t repeated_counts = 0;    ///< counts repeated because no data arrived
  std::size_t largest_count = 0;      ///< most bytes read before the read loop returned
  Millis longest_wait{0};             ///< longest wait for data
  std::optional<Millis> first_data;   ///< from the connection to the first byte
  std::size_t unread_at_the_end = 0;  ///< bytes beyond the announced size
};

class StockReceiver {
 public:
  enum class End { None, Failed, Updated };

  struct Setup {
    Profile profile;
    Quirks quirks;
    Announcement announcement;
  };

  [[nodiscard]] static std::unique_ptr<StockReceiver> make(Setup setup, TimedEffects& effects);
  StockReceiver(const StockReceiver&) = delete;
  StockReceiver& operator=(const StockReceiver&) = delete;
  virtual ~StockReceiver() = default;

  /// The connection is established.
  void start(Millis now);
  void bytes(std::string_view bytes, Millis now);
  void host_closed(bool reset, Millis now);

  [[nodiscard]] std::optional<Millis> next_wake() const;
  /// Performs what is due at `now`, the time that next_wake() returned.
  void wake(Millis now);

  [[nodiscard]] End end() const { return end_; }
  [[nodiscard]] std::size_t unread() const { return unread_.size(); }
  [[nodiscard]] const TransferRecord& record() const { return record_; }

 protected:
  StockReceiver(Setup setup, TimedEffects& effects);

  /// The wait for data ended without data: after a second, or after a poll that found the socket
  /// empty.
  virtual void starved(Millis now) = 0;
  /// Reads the available data, at least one byte.
  virtual void read(Millis now) = 0;

  void wait_for_data(Millis now);
  void read_again_at(Millis at);
  /// Consumes up to `most` bytes and returns their number; 0 if a quirk ended or stopped the
  /// transfer.
  std::size_t consume(std::size_t most, Millis now);
  /// Sends the count of one read.
  void count(std::size_t bytes, Millis now);
  void repeat_count(Millis now);
  /// The image is complete: checks it and continues with the verdict.
  void complete(Millis now);
  void fail_silently(bool reset, Millis now);
  void fail(const UpdaterError& error, bool reset, Millis now);

  [[nodiscard]] std::size_t remaining() const;
  [[nodiscard]] bool host_gone() const { return host_gone_; }
  [[nodiscard]] bool counted() const { return record_.counts != 0; }
  /// Writes the newest `bytes` of the image to flash.
  [[nodiscard]] Millis flash_time(std::size_t bytes) const;
  [[nodiscard]] const Setup& setup() const { return setup_; }
  [[nodiscard]] bool begins_like_an_image() const;

 private:
  enum class Phase { Waiting, Reading, Verifying, BeforeVerdict, BeforeClose, BeforeRestart, Over };

  void write(std::string bytes, Millis at);
  void flush_counts(Millis now);
  void say_ok(Millis now);
  void close(bool reset, Millis at);
  [[nodiscard]] std::optional<UpdaterError> flaw() const;

  Setup setup_;
  TimedEffects& effects_;
  TransferRecord record_;
  Phase phase_ = Phase::Waiting;
  End end_ = End::None;
  std::string unread_;
  std::string held_counts_;
  std::size_t held_ = 0;
  std::string last_count_;
  std::optional<Millis> wake_at_;
  std::optional<Millis> flush_at_;
  Millis connected_at_{0};
  Millis waiting_since_{0};
  Millis last_data_{0};
  bool host_gone_ = false;
  bool host_reset_ = false;
};

}  // namespace otatool::testing
