#include "firmware/qemu/rom_mock/semihosting.hpp"

#include <stddef.h>

namespace otatool::firmware::qemu {
namespace {

enum : uint32_t { kExit = 1, kWrite = 4, kArgc = 1000, kArgvSize = 1001, kArgv = 1002 };

constexpr uint32_t kMaxArguments = 16;

// The emulator writes the vector first, then the strings that it points to.
alignas(4) char arguments[1024];

uint32_t address(const void* pointer) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(pointer));
}

/// The text after `name=` in `text`, or null.
const char* value_of(const char* name, const char* text) {
  while (*name != '\0' && *name == *text) {
    ++name;
    ++text;
  }
  return *name == '\0' && *text == '=' ? text + 1 : nullptr;
}

}  // namespace

void end_emulation(uint32_t exit_code) {
  for (;;) {
    simcall4(kExit, exit_code, 0, 0);
  }
}

void print(const char* text) {
  uint32_t length = 0;
  while (text[length] != '\0') {
    ++length;
  }
  simcall4(kWrite, 1, address(text), length);
}

void print_hex(uint32_t value) {
  char text[9];
  for (int i = 0; i < 8; ++i) {
    text[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 0xF];
  }
  text[8] = '\0';
  print(text);
}

bool numeric_argument(const char* name, uint32_t& value) {
  const uint32_t count = simcall4(kArgc, 0, 0, 0);
  if (count > kMaxArguments || simcall4(kArgvSize, 0, 0, 0) > sizeof arguments) {
    return false;
  }
  simcall4(kArgv, address(arguments), 0, 0);
  const auto* const vector = reinterpret_cast<char* const*>(arguments);
  for (uint32_t i = 0; i < count; ++i) {
    const char* digit = value_of(name, vector[i]);
    if (digit == nullptr) {
      continue;
    }
    for (value = 0; *digit >= '0' && *digit <= '9'; ++digit) {
      value = 10 * value + static_cast<uint32_t>(*digit - '0');
    }
    return true;
  }
  return false;
}

}  // namespace otatool::firmware::qemu
