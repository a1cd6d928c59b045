// Integer division and widening multiplication from shifts, additions and 16-bit products, the
// instructions of the lx106. Division by zero does not trap; its quotient is all ones.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

template <typename Word>
struct Quotient {
  Word quotient;
  Word remainder;
};

/// `Word` is uint32_t or uint64_t.
template <typename Word>
[[nodiscard, gnu::noinline]] Quotient<Word> divide(Word dividend, Word divisor) {
  Quotient<Word> result{0, 0};
  for (unsigned bit = 8 * sizeof(Word); bit-- > 0;) {
    const bool carry = result.remainder >> (8 * sizeof(Word) - 1) != 0;
    result.remainder = (result.remainder << 1U) | ((dividend >> bit) & 1U);
    if (carry || result.remainder >= divisor) {
      result.remainder -= divisor;
      result.quotient |= Word{1} << bit;
    }
  }
  return result;
}

/// The full 64-bit product.
[[nodiscard]] inline uint64_t multiply(uint32_t left, uint32_t right) {
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
