// Loads the application image at a flash address into memory, as the mask ROM loads the loader.
// Uses no constants in data memory, because the segments may overwrite it; writes whole words only,
// as instruction memory requires. A template, so that tests can supply a machine.
#pragma once

#include <stdint.h>

namespace otatool::firmware {

enum class LoadStatus : uint8_t { Loaded, FlashUnreadable, NotAnImage, BadSegment, BadEntry };

struct LoadedApplication {
  LoadStatus status;
  uint32_t entry;  ///< address of the first instruction; valid only if Loaded
};

/// True if `size` bytes at `address` lie in [start, end). Inlined, so that the compiler puts no
/// table of ranges into the memory that is being loaded.
[[gnu::always_inline]] inline bool within(uint32_t address,
                                          uint32_t size,
                                          uint32_t start,
                                          uint32_t end) {
  return address >= start && address <= end && size <= end - address;
}

/// Data memory below the mask ROM's variables and stack.
[[gnu::always_inline]] inline bool in_dram(uint32_t address, uint32_t size) {
  return within(address, size, 0x3FFE8000U, 0x3FFFC000U);
}

/// Instruction memory that is never flash cache; the loader is above it.
[[gnu::always_inline]] inline bool in_iram(uint32_t address, uint32_t size) {
  return within(address, size, 0x40100000U, 0x40108000U);
}

/// The window through which flash is read: segments here are not copied.
[[gnu::always_inline]] inline bool in_flash_window(uint32_t address, uint32_t size) {
  return within(address, size, 0x40200000U, 0x40300000U);
}

/// Copies one segment. Bytes after the segment in its last word are kept. `Machine` has
///   bool read_flash(uint32_t address, uint32_t* destination, uint32_t size_bytes);
///   uint32_t* memory(uint32_t address);
/// with size_bytes and the address of memory() multiples of 4.
template <typename Machine>
[[nodiscard]] bool load_segment(Machine& machine,
                                uint32_t flash_address,
                                uint32_t address,
                                uint32_t size_bytes) {
  const uint32_t whole = size_bytes & ~3U;
  if (whole != 0 && !machine.read_flash(flash_address, machine.memory(address), whole)) {
    return false;
  }
  const uint32_t rest = size_bytes - whole;
  if (rest == 0) {
    return true;
  }
  uint32_t word = 0;
  if (!machine.read_flash(flash_address + whole, &word, sizeof word)) {
    return false;
  }
  const uint32_t mask = (1U << (8U * rest)) - 1U;
  uint32_t* const last = machine.memory(address + whole);
  *last = (*last & ~mask) | (word & mask);
  return true;
}

/// Loads the v1 image (signing-gzip-images.md 3.1) at `flash_address`. Does not verify its
/// checksum: this would require reading the whole flash segment, and in stock images two words
/// change after the checksum is computed.
template <typename Machine>
[[nodiscard]] LoadedApplication load_application(Machine& machine, uint32_t flash_address) {
  uint32_t header[2];
  if (!machine.read_flash(flash_address, header, sizeof header)) {
    return {LoadStatus::FlashUnreadable, 0};
  }
  const uint32_t segments = (header[0] >> 8U) & 0xFFU;
  if ((header[0] & 0xFFU) != 0xE9U || segments == 0 || segments > 16) {
    return {LoadStatus::NotAnImage, 0};
  }
  uint32_t position = flash_address + sizeof header;
  for (uint32_t i = 0; i < segments; ++i) {
    uint32_t segment[2];
    if (!machine.read_flash(position, segment, sizeof segment)) {
      return {LoadStatus::FlashUnreadable, 0};
    }
    position += sizeof segment;
    const uint32_t address = segment[0];
    const uint32_t size = segment[1];
    const bool loaded = in_dram(address, size) || in_iram(address, size);
    if ((!loaded && !in_flash_window(address, size)) || address % 4 != 0) {
      return {LoadStatus::BadSegment, 0};
    }
    if (loaded && !load_segment(machine, position, address, size)) {
      return {LoadStatus::FlashUnreadable, 0};
    }
    position += size;
  }
  if (!in_iram(header[1], 1)) {
    return {LoadStatus::BadEntry, 0};
  }
  return {LoadStatus::Loaded, header[1]};
}

}  // namespace otatool::firmware
