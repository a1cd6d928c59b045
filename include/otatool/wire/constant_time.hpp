// Comparison of secrets. Freestanding C++17.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::wire {

/// Whether two texts of `length` bytes are equal. The time does not depend on their content.
inline bool equal_in_constant_time(const char* left, const char* right, size_t length) {
  uint8_t difference = 0;
  for (size_t i = 0; i < length; ++i) {
    difference = static_cast<uint8_t>(difference | (left[i] ^ right[i]));
  }
  return difference == 0;
}

}  // namespace otatool::wire
