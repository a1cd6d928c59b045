// The power of the emulated device, which fails where the emulator's command line says:
// `cut=N` before flash operation N (erases and writes, counted from 0 over all resets), `half=1`
// with half of that operation done.
#pragma once

#include <stdint.h>

namespace otatool::firmware::qemu {

/// The exit code of an emulator whose power was cut.
constexpr uint32_t kPowerCut = 77;

/// At every reset.
void power_begin();

enum class Operation : uint8_t { Whole, HalfThenCut };
/// Counts an operation. Does not return when the power fails before it.
Operation count_operation();
[[noreturn]] void cut_power();

}  // namespace otatool::firmware::qemu
