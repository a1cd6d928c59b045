// One update that comes by HTTP, into the flash of the device: the same checks as by espota, the
// same events. No sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "otatool/error.hpp"

#include "device/receiver/update_station.hpp"

namespace otatool::device {

/// What is known before the first byte.
struct HttpImage {
  wire::Command command = wire::Command::Flash;
  std::uint32_t size = 0;          ///< bytes
  std::optional<std::string> md5;  ///< 32 hex digits, if anybody said it
};

class HttpUpdate {
 public:
  HttpUpdate(UpdateStation& station, std::string peer)
      : station_(station), peer_(std::move(peer)) {}

  // False: the update has failed, see words().
  [[nodiscard]] bool begin(const HttpImage& image);
  [[nodiscard]] bool write(std::span<const std::uint8_t> bytes);
  /// Everything came: checks it, and leaves the boot command.
  [[nodiscard]] bool finish();
  /// The peer is gone, or sent nonsense; tells `error` if an update was under way.
  void abandon(const Error& error);

  /// The device has done with it, after its last words: restarts if the image was applied.
  void close();

  /// Under way or applied.
  [[nodiscard]] bool active() const { return state_ == State::Active; }
  [[nodiscard]] bool applied() const { return state_ == State::Applied; }
  /// What went wrong, as a stock device says it: with its number on an ESP8266.
  [[nodiscard]] const std::string& words() const { return words_; }

 private:
  enum class State { Idle, Active, Applied, Failed };

  bool check(firmware::Stage stage, firmware::UpdateError error);

  UpdateStation& station_;
  std::string peer_;
  firmware::Updater* updater_ = nullptr;
  State state_ = State::Idle;
  std::string words_;
};

}  // namespace otatool::device
