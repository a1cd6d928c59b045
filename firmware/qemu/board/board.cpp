#include "firmware/qemu/board/board.hpp"

#include "firmware/qemu/board/nic.hpp"

extern "C" {
// Defined in start.S, whose interrupt counts it down.
extern volatile uint32_t board_watchdog;
void board_enable_interrupts();
/// Called with interrupts off. Sleeps with interrupts on; returns with them off.
void board_wait();
uint32_t board_interrupts_off();
void board_interrupts_restore(uint32_t state);
}

namespace otatool::firmware::board {
namespace {

constexpr uint32_t kWatchdogTicks = 1000;
constexpr uint32_t kSystemReset = 0xDEAD;

volatile uint32_t& fpga_reset() {
  return *reinterpret_cast<volatile uint32_t*>(0xFD020010);
}
// A 16550 with registers four bytes apart.
volatile uint32_t& uart(uint32_t number) {
  return *reinterpret_cast<volatile uint32_t*>(0xFD050020 + 4 * number);
}
constexpr uint32_t kUartTransmit = 0;
constexpr uint32_t kUartStatus = 5;
constexpr uint32_t kUartTransmitEmpty = 0x20;

uint32_t last_cycles = 0;
uint32_t spare_cycles = 0;
uint32_t milliseconds = 0;

}  // namespace

uint32_t cycles() {
  uint32_t count = 0;
  __asm__ volatile("rsr %0, ccount" : "=a"(count));
  return count;
}

void begin() {
  last_cycles = cycles();
  feed_watchdog();
  board_enable_interrupts();
}

uint32_t now() {
  const uint32_t count = cycles();
  spare_cycles += count - last_cycles;
  last_cycles = count;
  milliseconds += spare_cycles / kCyclesPerMillisecond;
  spare_cycles %= kCyclesPerMillisecond;
  return milliseconds;
}

void idle(bool (*ready)()) {
  const uint32_t state = board_interrupts_off();
  if (!ready()) {
    board_wait();
  }
  board_interrupts_restore(state);
}

void feed_watchdog() {
  board_watchdog = kWatchdogTicks;
}

void restart() {
  // A pending interrupt would survive the reset and could not be cleared afterwards.
  nic_end();
  // One store only: a second one during the reset would cause another reset.
  fpga_reset() = kSystemReset;
  for (;;) {
  }
}

void print(const char* text) {
  for (; *text != '\0'; ++text) {
    while ((uart(kUartStatus) & kUartTransmitEmpty) == 0) {
    }
    uart(kUartTransmit) = static_cast<uint8_t>(*text);
  }
}

void print_number(uint32_t value) {
  char text[11];
  char* at = text + sizeof(text) - 1;
  *at = '\0';
  do {
    *--at = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  print(at);
}

}  // namespace otatool::firmware::board
