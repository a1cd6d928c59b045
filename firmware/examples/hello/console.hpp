// The console of the sample: text out and in over UART0, and the last output kept in RAM, where a
// debugger or an emulator without that UART can read it. Blocks while the UART's queue is full.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::hello {

/// Writes zero-terminated text.
void print(const char* text);

/// printf without floating point; longer lines are cut at 255 characters.
__attribute__((format(printf, 1, 2))) void printf_line(const char* format, ...);

/// The next received character, or -1 when none waits.
int read_character();

/// Tells the hardware watchdog that the program is alive.
void feed_watchdog();

/// The processor's cycle counter; wraps.
uint32_t cycles();

}  // namespace otatool::hello
