// Power cuts, as the emulator's command line requests them: `cut=N` before flash operation N
// (erases and writes, counted from 0 through all resets), with `half=1` in the middle of that
// operation.
#pragma once

#include <stdint.h>

namespace otatool::firmware::qemu {

/// The exit code of an emulator whose power was cut.
constexpr uint32_t kPowerCut = 77;

/// Reads the command line. Call at every reset.
void power_begin();

enum class Operation : uint8_t { Whole, HalfThenCut };
/// Counts an operation. Does not return if the power fails before it.
Operation count_operation();
[[noreturn]] void cut_power();

}  // namespace otatool::firmware::qemu
