// Model of a stock ArduinoOTA receiver with its quirks. No sockets, no clock: inputs carry a
// virtual time, outputs are effects with the time at which they happen. Written from espota.md
// alone, to test the uploader; shares no code with otatool's own receiver.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/stock_effects.hpp"
#include "tests/support/stock_profile.hpp"
#include "tests/support/stock_receiver.hpp"

namespace otatool::testing {

struct DeviceSetup {
  Profile profile = Profile::esp8266_3_x();
  Quirks quirks;
  std::string password;                                ///< empty: no authentication
  std::size_t partition_size = std::size_t{1} << 20U;  ///< begin refuses a larger image
  unsigned seed = 1;                                   ///< for the nonces
};

/// The states of espota.md 1.3, and Restarted into the new image.
enum class DeviceState { Idle, WaitAuth, RunUpdate, Restarted };
[[nodiscard]] std::string_view to_string(DeviceState state);

/// Counters for assertions.
struct DeviceRecord {
  std::size_t invitations = 0;
  std::size_t responses = 0;
  std::size_t challenges = 0;
  std::size_t refusals = 0;  ///< wrong responses
  /// Datagrams that are neither invitation nor response: cores before 2.4.1 can crash on them.
  std::size_t junk = 0;
  std::size_t connections = 0;
  std::size_t dropped = 0;  ///< datagrams that overflowed the queue of an ESP32
};

class StockDevice {
 public:
  explicit StockDevice(DeviceSetup setup);
  StockDevice(const StockDevice&) = delete;
  StockDevice& operator=(const StockDevice&) = delete;
  ~StockDevice() = default;

  /// A datagram arrives from the host's port `from_port`.
  void datagram(std::string_view bytes, std::uint16_t from_port, Millis now);
  /// Result of the last Connect effect, apart from strangers' connections.
  void connected(Millis now);
  void connect_failed(Millis now);
  void bytes(std::string_view bytes, Millis now);
  /// The host closed the connection by FIN or RST.
  void host_closed(bool reset, Millis now);
  /// Performs everything that is due at `now`.
  void advance(Millis now);
  /// Time of the next action of advance().
  [[nodiscard]] std::optional<Millis> next_wake() const;
  /// The effects since the last call; their times may be in the future.
  [[nodiscard]] TimedEffects take_effects();

  [[nodiscard]] DeviceState state() const { return state_; }
  [[nodiscard]] const Profile& profile() const { return setup_.profile; }
  [[nodiscard]] const DeviceRecord& record() const { return record_; }
  /// The last transfer, if there was a connection.
  [[nodiscard]] const TransferRecord* transfer() const;
  /// Free bytes of the receive window; the sender must not exceed them.
  [[nodiscard]] std::size_t receive_space() const;

 private:
  struct Datagram {
    std::string bytes;
    std::uint16_t from_port = 0;
  };
  /// What the sketch does in RUNUPDATE.
  enum class Step { None, Begin, Refused, Start, Connecting, Receiving };

  void handle_datagram(const Datagram& datagram, Millis now);
  void handle_invitation(const Datagram& datagram, Millis now);
  void handle_response(const Datagram& datagram, Millis now);
  void challenge(Millis now);
  void accept(Millis now);
  void begin_update(Millis now);
  void connect_back(Millis now);
  void back_to_idle(Millis now);
  void step(Millis now);
  void settle_transfer(Millis now);
  void schedule_handle(Millis now);

  void reply(std::string bytes, Millis at);
  void say_ok(Millis at);
  [[nodiscard]] bool is_right(std::string_view cnonce, std::string_view response) const;
  [[nodiscard]] std::optional<UpdaterError> begin_error(Millis now) const;
  [[nodiscard]] bool esp32() const { return setup_.profile.lineage == Lineage::Esp32; }

  DeviceSetup setup_;
  DeviceState state_ = DeviceState::Idle;
  DeviceRecord record_;
  TimedEffects effects_;
  std::string nonce_;
  Announcement announcement_;
  std::uint16_t reply_port_ = 0;
  std::deque<Datagram> queue_;
  std::optional<Millis> handle_at_;
  std::optional<Millis> step_at_;
  Millis busy_until_{0};
  Step step_ = Step::None;
  std::unique_ptr<StockReceiver> receiver_;
};

}  // namespace otatool::testing
