// The sample program: prints its version, checks itself, then echoes what UART0 receives.
// It has no network and takes no updates; demonstrations and tests need an image with real code.
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "firmware/examples/hello/self_test.hpp"

#ifndef HELLO_VERSION
#define HELLO_VERSION "v1"
#endif

extern "C" {
extern char _heap_start[];
extern char _heap_end[];

// A copy of everything printed, found by its symbol: the emulator has no UART.
char hello_log[8192];

// The memory for picolibc's malloc: from the end of .bss to the stack.
void* sbrk(ptrdiff_t increment) {
  static char* top = _heap_start;
  if (increment > _heap_end - top || increment < _heap_start - top) {
    errno = ENOMEM;
    return reinterpret_cast<void*>(-1);
  }
  char* const before = top;
  top += increment;
  return before;
}
}

namespace otatool::hello {
namespace {

constexpr uint32_t kUartFifo = 0x60000000U;
constexpr uint32_t kUartStatus = 0x6000001CU;
constexpr uint32_t kUartFifoLimit = 126;
constexpr uint32_t kWatchdog = 0x60000914U;
constexpr uint32_t kWatchdogFeed = 0x73;

volatile uint32_t& peripheral(uint32_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}

void feed_watchdog() {
  peripheral(kWatchdog) = kWatchdogFeed;
}

// Waits until the transmit FIFO has room.
void put(char character) {
  static size_t used = 0;
  while (((peripheral(kUartStatus) >> 16U) & 0xFFU) >= kUartFifoLimit) {
    feed_watchdog();
  }
  peripheral(kUartFifo) = static_cast<uint8_t>(character);
  hello_log[used++ % sizeof hello_log] = character;
}

// Cuts the text at 127 characters.
__attribute__((format(printf, 1, 2))) void print(const char* format, ...) {
  char text[128];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (const char* next = text; *next != '\0'; ++next) {
    put(*next);
  }
}

}  // namespace
}  // namespace otatool::hello

extern "C" [[noreturn]] void hello_main() {
  using namespace otatool::hello;
  print("otatool hello " HELLO_VERSION "\n");
  for (const Check& check : kChecks) {
    print("%s: %s\n", check.name, check.passes() ? "passed" : "failed");
    feed_watchdog();
  }
  print("end of the self test\n");
  for (;;) {
    feed_watchdog();
    if ((peripheral(kUartStatus) & 0xFFU) != 0) {
      put(static_cast<char>(peripheral(kUartFifo)));
    }
  }
}
