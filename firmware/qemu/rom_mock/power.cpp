#include "firmware/qemu/rom_mock/power.hpp"

#include "firmware/qemu/rom_mock/semihosting.hpp"

namespace otatool::firmware::qemu {
namespace {

// In the memory of the real-time clock, which keeps its content through a reset; 0 at power-on.
volatile uint32_t& operations() {
  return *reinterpret_cast<volatile uint32_t*>(0x60001300);
}

uint32_t cut_at = 0;
uint32_t half = 0;
bool cut_armed = false;

}  // namespace

void power_begin() {
  cut_armed = numeric_argument("cut", cut_at);
  numeric_argument("half", half);
}

Operation count_operation() {
  const uint32_t number = operations();
  operations() = number + 1;
  if (!cut_armed || number != cut_at) {
    return Operation::Whole;
  }
  if (half == 0) {
    cut_power();
  }
  return Operation::HalfThenCut;
}

void cut_power() {
  end_emulation(kPowerCut);
}

}  // namespace otatool::firmware::qemu
