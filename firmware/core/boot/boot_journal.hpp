// The sector that holds the boot command and the loader's progress. Each step only clears bits; a
// bit that a power cut left half cleared is cleared again when it is read.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "firmware/core/port.hpp"

namespace otatool::firmware {

class BootJournal {
 public:
  /// `sector`: offset in flash.
  BootJournal(Flash& flash, uint32_t sector) : flash_(flash), sector_(sector) {}

  // Every function returns false if the flash fails.

  /// `found` is false if there is no command.
  bool read(wire::BootCommand& command, bool& found);
  /// Overwrites the command with zeros: a later erase that a power cut interrupts cannot restore
  /// it.
  bool withdraw();

  /// `mark_offset` is one of the marks of wire/boot_command.hpp.
  bool is_marked(uint32_t mark_offset, bool& set);
  bool mark(uint32_t mark_offset);

  /// `done`: sector `index` of the image is in place.
  bool is_placed(uint32_t index, bool& done);
  bool mark_placed(uint32_t index);

 private:
  uint32_t progress_word(uint32_t index) const {
    return sector_ + wire::kBootProgressOffset + index / 32 * 4;
  }

  Flash& flash_;
  uint32_t sector_;
};

}  // namespace otatool::firmware
