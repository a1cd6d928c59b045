// Arduino's pluggable discovery as a state machine (discovery.md 2.1): takes lines and devices,
// returns JSON messages. No streams, no clock, no sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/mdns/device.hpp"
#include "otatool/result.hpp"

namespace otatool::mdns {

/// The search that a session starts and stops.
class PluggableSearch {
 public:
  virtual ~PluggableSearch() = default;
  [[nodiscard]] virtual Result<void> start() = 0;
  virtual void stop() = 0;
};

class PluggableSession {
 public:
  using Millis = std::chrono::milliseconds;

  /// arduino-cli drops ports that it reads before it has handled the reply to START_SYNC.
  static constexpr Millis kFirstPorts{120};
  /// The ports are sent once more for clients that have missed them.
  static constexpr Millis kRepeatPorts{1'000};

  explicit PluggableSession(PluggableSearch& search) : search_(search) {}

  /// Takes a line of the client, without line end. All times are since one fixed moment.
  void take_line(std::string_view line, Millis now);
  /// Takes a device that was found or has changed.
  void take_device(const mdns::Device& device, Millis now);
  void lose_device(const mdns::Device& device, Millis now);
  /// Reports that the search has failed.
  void fail_search(const Error& error);
  void pass_time(Millis now);
  [[nodiscard]] std::optional<Millis> next_deadline() const;

  /// Messages to write, in order.
  [[nodiscard]] std::vector<nlohmann::json> take_output();
  [[nodiscard]] bool quit() const { return quit_; }

 private:
  enum class State { Idle, Started, Syncing };

  void hello(std::string_view arguments);
  void start(State wanted, const std::string& event, Millis now);
  void list();
  void stop();
  void reply(const std::string& event);
  void refuse(const std::string& event, const std::string& message);
  void send_port(const nlohmann::json& port);
  void send_removal(const nlohmann::json& port);
  [[nodiscard]] bool sends_now(Millis now) const;

  PluggableSearch& search_;
  bool greeted_ = false;
  bool quit_ = false;
  State state_ = State::Idle;
  Millis started_{0};
  bool first_sent_ = false;
  bool repeated_ = false;
  std::map<std::size_t, nlohmann::json> ports_;  ///< by Device::id
  std::vector<nlohmann::json> output_;
};

/// The port object of a device; null while the device has no address.
[[nodiscard]] nlohmann::json pluggable_port(const mdns::Device& device);

}  // namespace otatool::mdns
