#include "firmware/examples/hello/console.hpp"

#include <stdarg.h>
#include <stdio.h>

namespace otatool::hello {
namespace {

constexpr size_t kLogBytes = 8192;
constexpr uint32_t kUartQueue = 126;
constexpr uint32_t kWatchdogFeed = 0x73;

volatile uint32_t& peripheral(uint32_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}
volatile uint32_t& uart_queue() {
  return peripheral(0x60000000U);
}
volatile uint32_t& uart_status() {
  return peripheral(0x6000001CU);
}

void put(char character) {
  while (((uart_status() >> 16U) & 0xFFU) >= kUartQueue) {
    feed_watchdog();
  }
  uart_queue() = static_cast<uint8_t>(character);
}

}  // namespace

// With C linkage for those who look it up by name from outside.
extern "C" {
char hello_log[kLogBytes];
uint32_t hello_log_used = 0;
}

void print(const char* text) {
  for (; *text != '\0'; ++text) {
    put(*text);
    hello_log[hello_log_used % kLogBytes] = *text;
    ++hello_log_used;
  }
}

void printf_line(const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  print(line);
}

int read_character() {
  if ((uart_status() & 0xFFU) == 0) {
    return -1;
  }
  return static_cast<int>(uart_queue() & 0xFFU);
}

void feed_watchdog() {
  peripheral(0x60000914U) = kWatchdogFeed;
}

uint32_t cycles() {
  uint32_t count;
  __asm__ volatile("rsr %0, ccount" : "=a"(count));
  return count;
}

}  // namespace otatool::hello
