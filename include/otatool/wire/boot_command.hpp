// What a receiver asks the loader to do at the next reset, as it lies in one flash sector of its
// own: a record with a CRC, marks of how far it got, then one bit for each sector that the loader
// has copied. Every step only clears bits, so a power cut leaves either the old meaning or the new.
// Freestanding C++17, no heap, no IO.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "otatool/wire/crc32.hpp"

namespace otatool::wire {

enum class BootAction : uint32_t {
  CopyRaw = 1,  ///< copy `size` bytes from `source` to `destination`, sector by sector
  /// unpack the gzip package of `size` bytes at `source` to `destination`; the unpacked image must
  /// end before the package begins
  Unpack = 2,
};

/// All offsets count from the start of the flash and are multiples of a sector (4096 bytes).
struct BootCommand {
  BootAction action;
  uint32_t source;
  uint32_t destination;
  uint32_t size;       ///< bytes of the staged image
  uint32_t image_crc;  ///< crc32 of those bytes
  /// Where what runs now is kept until the new application has proven itself, or kNoBackup.
  uint32_t backup = 0xFFFFFFFF;
  uint32_t backup_size = 0;  ///< bytes to keep, from `destination` on
};
constexpr uint32_t kNoBackup = 0xFFFFFFFF;

/// The record: ten little-endian words: magic, action, source, destination, size, image CRC,
/// backup, backup size, reserved (all ones), CRC of the nine words before. All zero once it was
/// executed, withdrawn, or confirmed by the new application.
constexpr size_t kBootCommandLength = 40;
constexpr uint32_t kBootCommandMagic = 0x32544F42;  // "BOT2"
/// Marks of a command with a backup, words that are cleared in this order: what ran is kept; the
/// new application is in place; it has been started, and is put back by the next start unless it
/// has zeroed the record.
constexpr uint32_t kBootKeptMark = 40;
constexpr uint32_t kBootPlacedMark = 44;
constexpr uint32_t kBootStartedMark = 48;
/// Progress begins here in the command's sector: bit n of the bit string (lowest bit of each byte
/// first) is cleared when sector n of the image, unpacked if it was packed, is in place.
constexpr uint32_t kBootProgressOffset = 64;
/// Sectors that the progress can count: 16 MiB.
constexpr uint32_t kBootProgressSectors = 4096;

namespace detail {

inline void put_u32(uint8_t* at, uint32_t value) {
  at[0] = static_cast<uint8_t>(value);
  at[1] = static_cast<uint8_t>(value >> 8);
  at[2] = static_cast<uint8_t>(value >> 16);
  at[3] = static_cast<uint8_t>(value >> 24);
}
inline uint32_t get_u32(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) | static_cast<uint32_t>(at[1]) << 8 |
         static_cast<uint32_t>(at[2]) << 16 | static_cast<uint32_t>(at[3]) << 24;
}

}  // namespace detail

/// Writes the record; `record` holds kBootCommandLength bytes.
inline void format_boot_command(const BootCommand& command, uint8_t* record) {
  constexpr size_t kWords = kBootCommandLength / 4 - 1;
  const uint32_t words[kWords] = {kBootCommandMagic,
                                  static_cast<uint32_t>(command.action),
                                  command.source,
                                  command.destination,
                                  command.size,
                                  command.image_crc,
                                  command.backup,
                                  command.backup_size,
                                  0xFFFFFFFF};
  for (size_t i = 0; i < kWords; ++i) {
    detail::put_u32(record + 4 * i, words[i]);
  }
  detail::put_u32(record + 4 * kWords, crc32(0, record, 4 * kWords));
}

/// Reads a record. False when there is none, when it was withdrawn, torn or asks for an action that
/// is not known here. The offsets are not checked: only the reader knows its flash.
inline bool parse_boot_command(const uint8_t* record, BootCommand& out) {
  const uint32_t action = detail::get_u32(record + 4);
  if (detail::get_u32(record) != kBootCommandMagic ||
      detail::get_u32(record + kBootCommandLength - 4) !=
          crc32(0, record, kBootCommandLength - 4) ||
      (action != static_cast<uint32_t>(BootAction::CopyRaw) &&
       action != static_cast<uint32_t>(BootAction::Unpack))) {
    return false;
  }
  out.action = static_cast<BootAction>(action);
  out.source = detail::get_u32(record + 8);
  out.destination = detail::get_u32(record + 12);
  out.size = detail::get_u32(record + 16);
  out.image_crc = detail::get_u32(record + 20);
  out.backup = detail::get_u32(record + 24);
  out.backup_size = detail::get_u32(record + 28);
  return true;
}

}  // namespace otatool::wire
