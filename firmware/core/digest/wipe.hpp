// Overwrites a secret with zeros; the compiler cannot remove it.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::firmware {

inline void wipe(void* bytes, size_t length) {
  volatile uint8_t* const at = static_cast<volatile uint8_t*>(bytes);
  for (size_t i = 0; i < length; ++i) {
    at[i] = 0;
  }
}

}  // namespace otatool::firmware
