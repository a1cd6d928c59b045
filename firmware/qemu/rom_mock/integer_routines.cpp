// The integer helpers at the mask ROM's addresses.
#include "firmware/rt/integer.hpp"

using otatool::firmware::divide;
using otatool::firmware::multiply;

extern "C" {

uint32_t rom___udivsi3(uint32_t dividend, uint32_t divisor) {
  return divide(dividend, divisor).quotient;
}

uint32_t rom___umodsi3(uint32_t dividend, uint32_t divisor) {
  return divide(dividend, divisor).remainder;
}

int32_t rom___divsi3(int32_t dividend, int32_t divisor) {
  const auto top = static_cast<uint32_t>(dividend);
  const auto bottom = static_cast<uint32_t>(divisor);
  const uint32_t quotient =
      divide(dividend < 0 ? 0U - top : top, divisor < 0 ? 0U - bottom : bottom).quotient;
  return static_cast<int32_t>((dividend < 0) != (divisor < 0) ? 0U - quotient : quotient);
}

uint64_t rom___udivdi3(uint64_t dividend, uint64_t divisor) {
  return divide(dividend, divisor).quotient;
}

uint64_t rom___umoddi3(uint64_t dividend, uint64_t divisor) {
  return divide(dividend, divisor).remainder;
}

uint64_t rom___umulsidi3(uint32_t left, uint32_t right) {
  return multiply(left, right);
}

uint64_t rom___muldi3(uint64_t left, uint64_t right) {
  const auto left_low = static_cast<uint32_t>(left);
  const auto right_low = static_cast<uint32_t>(right);
  const uint32_t cross = static_cast<uint32_t>(left >> 32U) * right_low +
                         left_low * static_cast<uint32_t>(right >> 32U);
  const uint64_t low = multiply(left_low, right_low);
  return (static_cast<uint64_t>(static_cast<uint32_t>(low >> 32U) + cross) << 32U) |
         static_cast<uint32_t>(low);
}

}  // extern "C"
