// The emulated board besides flash and network: clock, sleep, watchdog, serial port, restart.
// Interrupts do no more than end a sleep and count for the watchdog.
#pragma once

#include <stdint.h>

namespace otatool::firmware::board {

constexpr uint32_t kCyclesPerMillisecond = 40'000;

/// Starts clock, interrupts and watchdog.
void begin();
/// Milliseconds since begin(); to be called more often than the cycle counter wraps, every 107 s.
uint32_t now();
uint32_t cycles();
/// Sleeps until the next tick, at most 2 ms, unless `ready` says that there is work.
void idle(bool (*ready)());
/// Without this for two seconds the board restarts.
void feed_watchdog();
[[noreturn]] void restart();

void print(const char* text);
void print_number(uint32_t value);

}  // namespace otatool::firmware::board
