// Semihosting: the emulator's command line, standard output and exit code. A chip has nothing like
// it; only the mask ROM mock uses it.
#pragma once

#include <stdint.h>

extern "C" uint32_t simcall4(uint32_t number, uint32_t first, uint32_t second, uint32_t third);

namespace otatool::firmware::qemu {

[[noreturn]] void end_emulation(uint32_t exit_code);
/// Writes to the emulator's standard output.
void print(const char* text);
void print_hex(uint32_t value);
/// Reads an argument `NAME=NUMBER` of the emulator's command line; false if there is none.
bool numeric_argument(const char* name, uint32_t& value);

}  // namespace otatool::firmware::qemu
