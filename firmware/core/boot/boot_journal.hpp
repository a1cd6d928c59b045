// The sector that holds the boot command and the loader's progress. Each step only clears bits; a
// bit that a power cut left half cleared may read differently each time, so it is cleared again
// when it is read as cleared.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

class BootJournal {
 public:
  /// `sector`: offset in flash.
  BootJournal(Flash& flash, uint32_t sector) : flash_(flash), sector_(sector) {}

  // Every function returns false if the flash fails.

  /// `found` is false if there is no command. Reads its copy if the record is not valid.
  bool read(wire::BootCommand& command, bool& found);
  /// For the loader, after read() and before it acts: makes what was read read the same from now
  /// on.
  bool settle(const wire::BootCommand& command, bool found);
  /// Writes the copy of the command.
  bool copy(const wire::BootCommand& command);
  /// Overwrites the command with zeros: a later erase that a power cut interrupts cannot restore
  /// it.
  bool withdraw();
  /// Executes BootAction::EraseFilesystem: erases what is not blank, then withdraws the command. A
  /// command that leaves the filesystem of `map` is only withdrawn.
  bool erase_filesystem(const FlashMap& map, const wire::BootCommand& command);

  /// `mark_offset` is one of the marks of wire/boot_command.hpp.
  bool is_marked(uint32_t mark_offset, bool& set);
  bool mark(uint32_t mark_offset);

  /// `done`: sector `index` of the image is in place.
  bool is_placed(uint32_t index, bool& done);
  bool mark_placed(uint32_t index);

 private:
  bool write(uint32_t offset, const wire::BootCommand& command);
  bool is_blank(uint32_t offset, bool& blank);
  uint32_t progress_word(uint32_t index) const {
    return sector_ + wire::kBootProgressOffset + index / 32 * 4;
  }

  Flash& flash_;
  uint32_t sector_;
  uint32_t found_at_ = 0;  ///< offset in the sector
};

}  // namespace otatool::firmware
