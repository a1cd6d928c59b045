// The division and 64-bit routines that gcc calls, for the lx106 only. Debian's libgcc lacks them,
// because the chip's mask ROM has them; the emulator has no mask ROM.
#include "firmware/rt/integer.hpp"

using otatool::firmware::divide;
using otatool::firmware::multiply;

namespace {

template <typename Magnitude, typename Number>
Number signed_quotient(Number dividend, Number divisor) {
  const Magnitude top = dividend < 0 ? Magnitude{0} - static_cast<Magnitude>(dividend)
                                     : static_cast<Magnitude>(dividend);
  const Magnitude bottom = divisor < 0 ? Magnitude{0} - static_cast<Magnitude>(divisor)
                                       : static_cast<Magnitude>(divisor);
  const Magnitude quotient = divide(top, bottom).quotient;
  return static_cast<Number>((dividend < 0) != (divisor < 0) ? Magnitude{0} - quotient : quotient);
}

}  // namespace

extern "C" {

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor) {
  return divide(dividend, divisor).quotient;
}

uint32_t __umodsi3(uint32_t dividend, uint32_t divisor) {
  return divide(dividend, divisor).remainder;
}

int32_t __divsi3(int32_t dividend, int32_t divisor) {
  return signed_quotient<uint32_t>(dividend, divisor);
}

uint64_t __udivdi3(uint64_t dividend, uint64_t divisor) {
  return divide(dividend, divisor).quotient;
}

uint64_t __umoddi3(uint64_t dividend, uint64_t divisor) {
  return divide(dividend, divisor).remainder;
}

int64_t __divdi3(int64_t dividend, int64_t divisor) {
  return signed_quotient<uint64_t>(dividend, divisor);
}

uint64_t __umulsidi3(uint32_t left, uint32_t right) {
  return multiply(left, right);
}

uint64_t __muldi3(uint64_t left, uint64_t right) {
  const uint32_t left_low = static_cast<uint32_t>(left);
  const uint32_t right_low = static_cast<uint32_t>(right);
  const uint32_t cross = static_cast<uint32_t>(left >> 32U) * right_low +
                         left_low * static_cast<uint32_t>(right >> 32U);
  const uint64_t low = multiply(left_low, right_low);
  return (static_cast<uint64_t>(static_cast<uint32_t>(low >> 32U) + cross) << 32U) |
         static_cast<uint32_t>(low);
}

}  // extern "C"
