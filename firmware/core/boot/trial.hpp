// The trial of a new application: if it does not confirm during its first run, the loader restores
// the former one. No clock: times are milliseconds of a 32-bit counter that may wrap.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class Trial {
 public:
  /// `length_ms`: time to confirm; afterwards poll() restarts the device.
  Trial(Installer& installer, Restart& restart, uint32_t length_ms)
      : installer_(installer), restart_(restart), length_ms_(length_ms) {}

  /// Reads from flash whether the running application is on trial. False if the flash fails.
  bool begin(uint32_t now);
  bool running() const { return running_; }
  /// Keeps the running application for good; the backup may then be overwritten. False if the flash
  /// fails.
  bool confirm();
  /// Restarts the device once the time to confirm is over.
  void poll(uint32_t now);

 private:
  Installer& installer_;
  Restart& restart_;
  uint32_t length_ms_;
  uint32_t began_ = 0;
  bool running_ = false;
};

}  // namespace otatool::firmware
