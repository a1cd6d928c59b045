// Constants that stay in flash. An ESP8266 copies all others into its memory at each start. There,
// flash is read in aligned words only. A build that defines OTATOOL_CONSTANTS_IN_FLASH has such
// constants, as every build for the Arduino core of the ESP8266; elsewhere they are ordinary ones.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef ARDUINO_ARCH_ESP8266
#define OTATOOL_CONSTANTS_IN_FLASH
#endif

#ifdef OTATOOL_CONSTANTS_IN_FLASH
#define OTATOOL_TEXT_OF_(number) #number
#define OTATOOL_TEXT_OF(number) OTATOOL_TEXT_OF_(number)
/// For constant arrays of 32-bit words. Each has a section of its own, so that the linker removes
/// unused ones.
#define OTATOOL_IN_FLASH \
  __attribute__((aligned(4), section(".irom.text.otatool." OTATOOL_TEXT_OF(__COUNTER__))))
#else
#define OTATOOL_IN_FLASH
#endif

/// A text in flash, for copy_flash_text() only.
#define OTATOOL_FLASH_TEXT(literal)                          \
  ([]() -> const char* {                                     \
    static const char in_flash[] OTATOOL_IN_FLASH = literal; \
    return in_flash;                                         \
  }())

namespace otatool::firmware {

/// Byte `at` of an OTATOOL_FLASH_TEXT.
inline char byte_in_flash(const char* in_flash, size_t at) {
#ifdef OTATOOL_CONSTANTS_IN_FLASH
  const auto* const words = reinterpret_cast<const volatile uint32_t*>(in_flash);
  return static_cast<char>(words[at / 4] >> (8 * (at % 4)));
#else
  return in_flash[at];
#endif
}

/// Copies an OTATOOL_FLASH_TEXT without its terminator and returns its length.
inline size_t copy_flash_text(const char* in_flash, char* text) {
  size_t length = 0;
  for (char c = 0; (c = byte_in_flash(in_flash, length)) != '\0'; ++length) {
    text[length] = c;
  }
  return length;
}

}  // namespace otatool::firmware
