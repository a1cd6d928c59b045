// The callbacks of an ArduinoOTA sketch: they print to the serial port and blink the LED during an
// update.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class SerialHooks final : public Hooks {
 public:
  void on_start(wire::Command command) override;
  void on_progress(uint32_t done_bytes, uint32_t total_bytes) override;
  void on_end() override;
  void on_error(Stage stage, UpdateError error) override;

 private:
  uint32_t tenths_ = 0;
};

}  // namespace otatool::firmware
