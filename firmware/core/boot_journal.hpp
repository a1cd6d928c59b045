// The sector of the boot command: the record, and what the loader has done of it. Every step only
// clears bits, and a bit that a power cut left half cleared is cleared again when it is read.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "port.hpp"

namespace otatool::firmware {

class BootJournal {
 public:
  /// `sector`: offset in flash.
  BootJournal(Flash& flash, uint32_t sector) : flash_(flash), sector_(sector) {}

  /// False when the flash fails; `found` is false when there is no command.
  bool read(wire::BootCommand& command, bool& found);
  /// All zero: even an erase of this sector that is cut off later cannot bring the record back.
  bool withdraw();

  /// One of the marks of wire/boot_command.hpp.
  bool marked(uint32_t mark, bool& set);
  bool mark(uint32_t mark);

  /// Whether sector `index` of the image is in place.
  bool placed(uint32_t index, bool& done);
  bool set_placed(uint32_t index);

 private:
  uint32_t progress_word(uint32_t index) const {
    return sector_ + wire::kBootProgressOffset + index / 32 * 4;
  }

  Flash& flash_;
  uint32_t sector_;
};

}  // namespace otatool::firmware
