// One update by HTTP or ESPHome into the device's flash, with the same checks and events as by
// espota. No sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "otatool/error.hpp"

#include "device/receiver/flash_owner.hpp"

namespace otatool::device {

/// Facts about the image before its first byte.
struct HttpImage {
  wire::Command command = wire::Command::Flash;
  std::uint32_t size = 0;          ///< bytes
  std::optional<std::string> md5;  ///< 32 hex digits, if known
};

class HttpUpdate {
 public:
  HttpUpdate(FlashOwner& owner, std::string peer) : owner_(owner), peer_(std::move(peer)) {}

  // Each returns false if the update failed; see words().
  [[nodiscard]] bool begin(const HttpImage& image);
  [[nodiscard]] bool write(std::span<const std::uint8_t> bytes);
  /// Checks the complete image and writes the boot command.
  [[nodiscard]] bool finish();
  /// Cancels a running update and reports `error`.
  void abandon(const Error& error);
  /// To be called after the response: restarts the device if the image was applied.
  void close();

  [[nodiscard]] bool active() const { return state_ == State::Active; }
  [[nodiscard]] bool applied() const { return state_ == State::Applied; }
  /// A difference update that was refused, or did not arrive whole.
  [[nodiscard]] bool failed_patch() const { return state_ == State::Failed && patch_; }
  /// The error in the words of a stock device, on an ESP8266 with its number.
  [[nodiscard]] const std::string& words() const { return words_; }
  /// Why the flash refused the image.
  [[nodiscard]] firmware::UpdateError error() const { return error_; }

 private:
  enum class State { Idle, Active, Applied, Failed };

  bool check(firmware::Stage stage, firmware::UpdateError error);

  FlashOwner& owner_;
  std::string peer_;
  firmware::Updater* updater_ = nullptr;
  State state_ = State::Idle;
  bool begun_ = false;
  bool patch_ = false;
  std::string words_;
  firmware::UpdateError error_ = firmware::UpdateError::None;
};

}  // namespace otatool::device
