// What the ways of updating beside espota need of their device: its flash, one at a time, and its
// restart. Interface only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "otatool/device/virtual_device.hpp"

#include "firmware/core/updater.hpp"

namespace otatool::device {

struct StationFacts {
  ChipFamily chip = ChipFamily::Esp8266;
  std::uint32_t flash_size = 0;
  std::uint32_t application_size = 0;
  std::string application_md5;   ///< empty: there is no application
  std::uint32_t free_space = 0;  ///< bytes that a new application may take
  std::uint32_t filesystem_space = 0;
};

class UpdateStation {
 public:
  /// Takes the flash for an update; null while the device boots or something else updates it.
  virtual firmware::Updater* claim() = 0;
  /// Gives it back after an update that failed.
  virtual void release() = 0;
  /// Gives it back and boots: the update was applied.
  virtual void restart_device() = 0;
  virtual StationFacts facts() = 0;
  /// For how long the flash is still busy with what was written.
  virtual std::chrono::microseconds busy_time() = 0;
  virtual void tell(const DeviceEvent& event) = 0;

 protected:
  ~UpdateStation() = default;
};

}  // namespace otatool::device
