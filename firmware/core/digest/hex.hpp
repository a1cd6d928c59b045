// Hexadecimal text of digests and nonces.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace otatool::firmware {

/// Writes 2 * `length` lower-case digits, without a terminator.
inline void to_hex(const uint8_t* bytes, size_t length, char* text) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (size_t i = 0; i < length; ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 0xF];
  }
}

/// Reads 2 * `length` digits of either case; false if a character is not a digit.
inline bool from_hex(const char* text, size_t length, uint8_t* bytes) {
  for (size_t i = 0; i < 2 * length; ++i) {
    const char c = text[i];
    uint8_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<uint8_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<uint8_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<uint8_t>(c - 'A' + 10);
    } else {
      return false;
    }
    bytes[i / 2] = static_cast<uint8_t>(i % 2 == 0 ? digit << 4 : bytes[i / 2] | digit);
  }
  return true;
}

}  // namespace otatool::firmware
