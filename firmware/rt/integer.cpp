// Debian's libgcc for the lx106 lacks the division and 64-bit routines, because the chip's mask ROM
// has them. The emulator has no mask ROM.
#include "firmware/rt/integer.hpp"

namespace otatool::firmware {

Quotient64 divide(uint64_t dividend, uint64_t divisor) {
  Quotient64 result{0, 0};
  for (int bit = 63; bit >= 0; --bit) {
    const bool carry = (result.remainder >> 63U) != 0;
    result.remainder = (result.remainder << 1U) | ((dividend >> static_cast<unsigned>(bit)) & 1U);
    if (carry || result.remainder >= divisor) {
      result.remainder -= divisor;
      result.quotient |= uint64_t{1} << static_cast<unsigned>(bit);
    }
  }
  return result;
}

Quotient32 divide(uint32_t dividend, uint32_t divisor) {
  Quotient32 result{0, 0};
  for (int bit = 31; bit >= 0; --bit) {
    const bool carry = (result.remainder >> 31U) != 0;
    result.remainder = (result.remainder << 1U) | ((dividend >> static_cast<unsigned>(bit)) & 1U);
    if (carry || result.remainder >= divisor) {
      result.remainder -= divisor;
      result.quotient |= uint32_t{1} << static_cast<unsigned>(bit);
    }
  }
  return result;
}

uint64_t multiply(uint32_t left, uint32_t right) {
  const uint32_t left_low = left & 0xFFFFU;
  const uint32_t left_high = left >> 16U;
  const uint32_t right_low = right & 0xFFFFU;
  const uint32_t right_high = right >> 16U;
  const uint32_t low = left_low * right_low;
  const uint32_t cross = left_high * right_low + (low >> 16U);
  const uint32_t middle = left_low * right_high + (cross & 0xFFFFU);
  const uint32_t high = left_high * right_high + (cross >> 16U) + (middle >> 16U);
  return (static_cast<uint64_t>(high) << 32U) | (middle << 16U) | (low & 0xFFFFU);
}

}  // namespace otatool::firmware
