// The interface of a device for updates by HTTP: exclusive use of the flash, and the restart.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "otatool/device/virtual_device.hpp"

#include "firmware/core/updater.hpp"

namespace otatool::device {

struct DeviceFacts {
  ChipFamily chip = ChipFamily::Esp8266;
  std::uint32_t flash_size = 0;
  std::uint32_t application_size = 0;
  std::string application_md5;     ///< empty: no application
  std::string application_sha256;  ///< empty: the device applies no difference updates
  std::uint32_t free_space = 0;    ///< bytes for a new application
  std::uint32_t filesystem_space = 0;
};

class FlashOwner {
 public:
  /// Acquires the flash for an update; null while the device boots or another update runs.
  virtual firmware::Updater* acquire_flash() = 0;
  /// Releases the flash after a failed update.
  virtual void release_flash() = 0;
  /// Releases the flash and boots the new image.
  virtual void restart_device() = 0;
  virtual DeviceFacts facts() = 0;
  /// How long the flash is still busy with the data written.
  virtual std::chrono::microseconds busy_time() = 0;
  virtual void report(const DeviceEvent& event) = 0;

 protected:
  ~FlashOwner() = default;
};

}  // namespace otatool::device
