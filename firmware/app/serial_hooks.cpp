#include "firmware/app/serial_hooks.hpp"

#include "firmware/core/update_error.hpp"
#include "firmware/qemu/board/board.hpp"

namespace otatool::firmware {
namespace {

// GPIO2: the LED of most boards, on at low level.
constexpr uint32_t kLed = 1U << 2U;

void set_led(bool lit) {
  *reinterpret_cast<volatile uint32_t*>(lit ? 0x60000308 : 0x60000304) = kLed;
}

}  // namespace

void SerialHooks::on_start(wire::Command command) {
  tenths_ = 0;
  set_led(true);
  board::print(command == wire::Command::Flash ? "update: application\n" : "update: filesystem\n");
}

void SerialHooks::on_progress(uint32_t done_bytes, uint32_t total_bytes) {
  const uint32_t tenth = total_bytes / 10 + 1;
  if (done_bytes / tenth == tenths_) {
    return;
  }
  tenths_ = done_bytes / tenth;
  set_led(tenths_ % 2 == 0);
  board::print("update: ");
  board::print_number(done_bytes);
  board::print(" bytes\n");
}

void SerialHooks::on_end() {
  set_led(false);
  board::print("update: complete\n");
}

void SerialHooks::on_error(Stage stage, UpdateError error) {
  char text[kMaxErrorLength + 1];
  set_led(false);
  text[describe(error, Md5Mismatch(), text)] = '\0';
  board::print("update: failed in stage ");
  board::print_number(static_cast<uint32_t>(stage));
  board::print(": ");
  board::print(text);
  board::print("\n");
}

}  // namespace otatool::firmware
