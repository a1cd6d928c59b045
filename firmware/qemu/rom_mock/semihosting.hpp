// What the emulator offers to the program in it, besides the machine: its command line, its
// standard output, an end with an exit code. Nothing that a chip has; only the mask ROM's stand-in
// uses it.
#pragma once

#include <stdint.h>

extern "C" uint32_t simcall4(uint32_t number, uint32_t first, uint32_t second, uint32_t third);

namespace otatool::firmware::qemu {

[[noreturn]] void end_emulation(uint32_t exit_code);
/// To the emulator's standard output.
void print(const char* text);
void print_hex(uint32_t value);
/// The number in an argument `NAME=NUMBER` of the emulator's command line; false if there is none.
bool numeric_argument(const char* name, uint32_t& value);

}  // namespace otatool::firmware::qemu
