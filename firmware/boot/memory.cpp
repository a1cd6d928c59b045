// memcpy, memset and memcmp for the loader, optimised for size: those of the C library would use a
// tenth of its slot.
#include <stddef.h>
#include <stdint.h>

extern "C" {

void* memcpy(void* to, const void* from, size_t count) {
  auto* const target = static_cast<uint8_t*>(to);
  const auto* const source = static_cast<const uint8_t*>(from);
  for (size_t i = 0; i < count; ++i) {
    target[i] = source[i];
  }
  return to;
}

void* memset(void* to, int value, size_t count) {
  auto* const target = static_cast<uint8_t*>(to);
  for (size_t i = 0; i < count; ++i) {
    target[i] = static_cast<uint8_t>(value);
  }
  return to;
}

int memcmp(const void* left, const void* right, size_t count) {
  const auto* const one = static_cast<const uint8_t*>(left);
  const auto* const other = static_cast<const uint8_t*>(right);
  for (size_t i = 0; i < count; ++i) {
    if (one[i] != other[i]) {
      return one[i] < other[i] ? -1 : 1;
    }
  }
  return 0;
}

}  // extern "C"
