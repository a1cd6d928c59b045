// Integer division and widening multiplication from shifts, additions and 16-bit products, the
// instructions of the lx106. Division by zero does not trap; its quotient is all ones.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

struct Quotient32 {
  uint32_t quotient;
  uint32_t remainder;
};

struct Quotient64 {
  uint64_t quotient;
  uint64_t remainder;
};

[[nodiscard]] Quotient32 divide(uint32_t dividend, uint32_t divisor);
[[nodiscard]] Quotient64 divide(uint64_t dividend, uint64_t divisor);

/// The full 64-bit product.
[[nodiscard]] uint64_t multiply(uint32_t left, uint32_t right);

}  // namespace otatool::firmware
