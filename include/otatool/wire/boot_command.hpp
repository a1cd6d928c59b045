// The boot command, which a receiver leaves for the loader in a flash sector of its own: a record
// with a CRC, the loader's progress marks, and one bit per copied sector. Each step only clears
// bits, so a power cut leaves the old or the new state. Freestanding C++17, no heap, no IO.
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
  /// erase `size` bytes from `source` on: a filesystem that was being written and is not verified
  EraseFilesystem = 3,
};

/// All offsets count from the start of the flash and are multiples of a sector (4096 bytes).
struct BootCommand {
  BootAction action;
  uint32_t source;
  uint32_t destination;
  uint32_t size;       ///< bytes of the staged image
  uint32_t image_crc;  ///< crc32 of those bytes
  /// Where to back up the running application until the new one confirms, or kNoBackup.
  uint32_t backup = 0xFFFFFFFF;
  uint32_t backup_size = 0;          ///< bytes to back up, from `destination` on
  uint32_t backup_crc = 0xFFFFFFFF;  ///< crc32 of those bytes
};
constexpr uint32_t kNoBackup = 0xFFFFFFFF;

/// The record: ten little-endian words: magic, action, source, destination, size, image CRC,
/// backup, backup size, backup CRC (all ones without a backup), CRC of the nine words before. All
/// zero after it was executed, withdrawn, or confirmed by the new application.
constexpr size_t kBootCommandLength = 40;
constexpr uint32_t kBootCommandMagic = 0x32544F42;  // "BOT2"
/// Progress marks of a command with a backup: words that are cleared in this order. The backup is
/// complete; the new application is in place; it has been started: unless it confirms by zeroing
/// the record, the next start restores the backup.
constexpr uint32_t kBootKeptMark = 40;
constexpr uint32_t kBootPlacedMark = 44;
constexpr uint32_t kBootStartedMark = 48;
/// Set before the backup overwrites the new application: from then on only the backup is whole.
constexpr uint32_t kBootRestoringMark = 52;
/// Offset of the progress bits in the command's sector. Bit n (lowest bit of each byte first) is
/// cleared when sector n of the (unpacked) image is in place.
constexpr uint32_t kBootProgressOffset = 64;
/// Sectors that the progress can count: 16 MiB.
constexpr uint32_t kBootProgressSectors = 4096;
/// Offset of a copy of the record, written before the backup is restored: the record itself may be
/// half withdrawn.
constexpr uint32_t kBootCopyOffset = kBootProgressOffset + kBootProgressSectors / 8;

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
                                  command.backup_crc};
  for (size_t i = 0; i < kWords; ++i) {
    detail::put_u32(record + 4 * i, words[i]);
  }
  detail::put_u32(record + 4 * kWords, crc32(0, record, 4 * kWords));
}

/// Reads a record. False if there is none, if it was withdrawn or is damaged, and for an unknown
/// action. Does not check the offsets: the caller knows its flash.
inline bool parse_boot_command(const uint8_t* record, BootCommand& out) {
  const uint32_t action = detail::get_u32(record + 4);
  if (detail::get_u32(record) != kBootCommandMagic ||
      detail::get_u32(record + kBootCommandLength - 4) !=
          crc32(0, record, kBootCommandLength - 4) ||
      action < static_cast<uint32_t>(BootAction::CopyRaw) ||
      action > static_cast<uint32_t>(BootAction::EraseFilesystem)) {
    return false;
  }
  out.action = static_cast<BootAction>(action);
  out.source = detail::get_u32(record + 8);
  out.destination = detail::get_u32(record + 12);
  out.size = detail::get_u32(record + 16);
  out.image_crc = detail::get_u32(record + 20);
  out.backup = detail::get_u32(record + 24);
  out.backup_size = detail::get_u32(record + 28);
  out.backup_crc = detail::get_u32(record + 32);
  return true;
}

}  // namespace otatool::wire
