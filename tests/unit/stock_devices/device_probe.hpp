// Drives a StockDevice step by step and records its effects with their times.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/support/stock_device.hpp"
#include "tests/support/stock_digest.hpp"

namespace otatool::testing {

class DeviceProbe {
 public:
  explicit DeviceProbe(DeviceSetup setup) : device(std::move(setup)) {}

  void datagram(std::string_view text, std::uint16_t port = 40'000) {
    device.datagram(text, port, now);
    collect();
  }
  void invite(std::string_view image, std::uint16_t port = 40'000) {
    datagram("0 45678 " + std::to_string(image.size()) + " " + md5_text(image) + "\n", port);
  }
  void bytes(std::string_view text) {
    device.bytes(text, now);
    collect();
  }
  void close(bool reset = false) {
    device.host_closed(reset, now);
    collect();
  }
  void pass(Millis time) {
    now += time;
    device.advance(now);
    collect();
  }
  /// Runs from an invitation without password to an open connection.
  void connect(std::string_view image) {
    invite(image);
    pass(Millis(200));
    device.connected(now);
    log.clear();
  }

  /// The effects since the last call, in the form `12 OK>40000`: time, text, port.
  std::vector<std::string> heard() {
    std::vector<std::string> lines;
    for (const TimedEffect& effect : std::exchange(log, {})) {
      lines.push_back(std::to_string(effect.at.count()) + " " + text_of(effect.effect));
    }
    return lines;
  }
  /// All bytes written to the connection.
  [[nodiscard]] std::string written() const {
    std::string text;
    for (const TimedEffect& effect : log) {
      if (const auto* write = std::get_if<Write>(&effect.effect)) {
        text += write->bytes;
      }
    }
    return text;
  }
  /// The nonce of the newest challenge in the log.
  [[nodiscard]] std::string nonce() const {
    std::string result;
    for (const TimedEffect& effect : log) {
      const auto* reply = std::get_if<Reply>(&effect.effect);
      if (reply != nullptr && reply->bytes.starts_with("AUTH ")) {
        result = reply->bytes.substr(5);
      }
    }
    return result;
  }

  StockDevice device;
  Millis now{0};
  TimedEffects log;

 private:
  void collect() {
    for (TimedEffect& effect : device.take_effects()) {
      log.push_back(std::move(effect));
    }
  }
  static std::string text_of(const Effect& effect) {
    if (const auto* reply = std::get_if<Reply>(&effect)) {
      return reply->bytes + ">" + std::to_string(reply->to_port);
    }
    if (const auto* connect = std::get_if<Connect>(&effect)) {
      return (connect->as_stranger ? "stranger " : "connect ") + std::to_string(connect->host_port);
    }
    if (const auto* write = std::get_if<Write>(&effect)) {
      return write->bytes;
    }
    return std::holds_alternative<Close>(effect) ? "<close>" : "<reset>";
  }
};

}  // namespace otatool::testing
