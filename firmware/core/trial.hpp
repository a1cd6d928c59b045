// A new application's trial: it runs once, and unless it confirms that it works, the next start
// puts the former one back. No clock: times are milliseconds of a 32-bit counter that may wrap.
#pragma once

#include "flash_map.hpp"
#include "port.hpp"

namespace otatool::firmware {

class Trial {
 public:
  /// `length_ms`: how long it may take to confirm before the device is restarted.
  Trial(Flash& flash, const FlashMap& map, Restart& restart, uint32_t length_ms)
      : flash_(flash), map_(map), restart_(restart), length_ms_(length_ms) {}

  /// Finds out whether what runs is on trial. False when the flash fails.
  bool begin(uint32_t now);
  bool running() const { return running_; }
  /// The application works: it stays, and what was kept of the former one is free to be
  /// overwritten. False when the flash fails.
  bool confirm();
  /// Restarts the device when the time is over.
  void poll(uint32_t now);

 private:
  Flash& flash_;
  const FlashMap& map_;
  Restart& restart_;
  uint32_t length_ms_;
  uint32_t began_ = 0;
  bool running_ = false;
};

}  // namespace otatool::firmware
