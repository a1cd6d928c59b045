// Mock of the ESP8266's mask ROM for the emulated board: loads the image at flash 0 and has the
// flash routines that the loader and applications call. They behave as NOR flash with sectors
// of 4 KiB and blocks of 64 KiB.
#include <stdint.h>

#include "firmware/qemu/rom_mock/parallel_flash.hpp"
#include "firmware/qemu/rom_mock/power.hpp"
#include "firmware/qemu/rom_mock/semihosting.hpp"

namespace otatool::firmware::qemu {
namespace {

constexpr uint32_t kSectorBytes = 4096;
constexpr uint32_t kBlockBytes = 64 * 1024;
constexpr uint32_t kFlashWindow = 0x40200000;
constexpr uint32_t kWindowBytes = 0x100000;

// The flash window in memory is a current copy of the flash.
bool window_current = false;

uint32_t buffer[kBufferBytes / 4];

[[noreturn]] void stop(const char* reason) {
  print(reason);
  end_emulation(78);
}

/// Changes `bytes` of flash from `offset` on; `word_of` returns the new word at an offset in them.
template <typename WordOf>
void change(uint32_t offset, uint32_t bytes, WordOf word_of) {
  const Operation operation = count_operation();
  const uint32_t wanted = operation == Operation::Whole ? bytes : bytes / 2 & ~3U;
  window_current = window_current && offset >= kWindowBytes;
  for (uint32_t done = 0; done < wanted;) {
    const uint32_t at = offset + done;
    const uint32_t room = kBufferBytes - at % kBufferBytes;
    const uint32_t count = wanted - done < room ? wanted - done : room;
    for (uint32_t i = 0; i < count; i += 4) {
      buffer[i / 4] = word_of(done + i);
    }
    program(at, buffer, count / 4);
    done += count;
  }
  if (operation == Operation::HalfThenCut) {
    cut_power();
  }
}

bool in_flash(uint32_t offset, uint32_t bytes) {
  return offset % 4 == 0 && bytes % 4 == 0 && offset <= kFlashSize && bytes <= kFlashSize - offset;
}

}  // namespace
}  // namespace otatool::firmware::qemu

using namespace otatool::firmware::qemu;

extern "C" {

int rom_SPIRead(uint32_t offset, uint32_t* destination, uint32_t bytes) {
  if (!in_flash(offset, bytes)) {
    return 1;
  }
  for (uint32_t i = 0; i < bytes; i += 4) {
    destination[i / 4] = flash_word(offset + i);
  }
  return 0;
}

int rom_SPIWrite(uint32_t offset, const uint32_t* source, uint32_t bytes) {
  if (!in_flash(offset, bytes) || reinterpret_cast<uintptr_t>(source) % 4 != 0) {
    return 1;
  }
  change(offset, bytes, [=](uint32_t i) { return flash_word(offset + i) & source[i / 4]; });
  return 0;
}

int rom_SPIEraseSector(uint32_t sector) {
  if (sector >= kFlashSize / kSectorBytes) {
    return 1;
  }
  change(sector * kSectorBytes, kSectorBytes, [](uint32_t) { return 0xFFFFFFFFU; });
  return 0;
}

int rom_SPIEraseBlock(uint32_t block) {
  if (block >= kFlashSize / kBlockBytes) {
    return 1;
  }
  change(block * kBlockBytes, kBlockBytes, [](uint32_t) { return 0xFFFFFFFFU; });
  return 0;
}

int rom_SPIUnlock() {
  return 0;
}

void rom_Cache_Read_Disable() {}

void rom_Cache_Read_Enable(uint32_t, uint32_t, uint32_t) {
  if (window_current) {
    return;
  }
  auto* const window = reinterpret_cast<uint32_t*>(kFlashWindow);
  for (uint32_t i = 0; i < kWindowBytes; i += 4) {
    window[i / 4] = flash_word(i);
  }
  window_current = true;
}

void rom_fault(uint32_t cause, uint32_t at, uint32_t address) {
  print("fault ");
  print_hex(cause);
  print(" at ");
  print_hex(at);
  print(" address ");
  print_hex(address);
  stop("\n");
}

/// Loads the image at flash 0 as the chip's ROM does; returns its entry address.
uint32_t rom_main() {
  power_begin();
  const uint32_t header = flash_word(0);
  if ((header & 0xFFU) != 0xE9U) {
    stop("no image at flash 0\n");
  }
  uint32_t position = 8;
  for (uint32_t left = header >> 8U & 0xFFU; left > 0; --left) {
    auto* const memory = reinterpret_cast<uint32_t*>(flash_word(position));
    const uint32_t bytes = flash_word(position + 4);
    position += 8;
    rom_SPIRead(position, memory, (bytes + 3U) & ~3U);
    position += bytes;
  }
  return flash_word(4);
}

}  // extern "C"
