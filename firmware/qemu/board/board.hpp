// The emulated board without flash and network: clock, sleep, watchdog, serial port, restart.
// Interrupts only end a sleep and count for the watchdog.
#pragma once

#include <stdint.h>

namespace otatool::firmware::board {

constexpr uint32_t kCyclesPerMillisecond = 40'000;

/// Starts clock, interrupts and watchdog.
void begin();
/// Milliseconds since begin(). Call at least every 107 s, when the cycle counter wraps.
uint32_t now();
uint32_t cycles();
/// Sleeps until the next interrupt, at most 2 ms; returns at once if `ready` returns true.
void idle(bool (*ready)());
/// Postpones the watchdog, which restarts the board after two seconds.
void feed_watchdog();
[[noreturn]] void restart();

void print(const char* text);
void print_number(uint32_t value);

}  // namespace otatool::firmware::board
