// What a loader does with a boot command: keeps what runs where there is room for it, copies the
// staged image over it or unpacks it there, and puts back what it kept if the new application does
// not confirm that it works. Every step is marked in flash: cut off at any moment and started
// again, it ends with the same bytes. No network, no clock, no memory but the caller's.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "flash_map.hpp"
#include "inflate.hpp"
#include "port.hpp"

namespace otatool::firmware {

enum class BootOutcome : uint8_t {
  Nothing,     ///< there was no command
  Applied,     ///< the new application is complete; on trial, or the command is gone
  RolledBack,  ///< the former application is back in place, the command is gone
  Refused,     ///< the command or its image makes no sense: withdrawn before anything was written
  Failed,      ///< the flash reported a failure; the command stays for the next start
};

struct BootReport {
  BootOutcome outcome;
  uint32_t size;  ///< bytes of the image, unpacked if it was packed, when there was a command
  bool resumed;   ///< an earlier start had copied some sectors already
  /// The new application must confirm (Trial), or the next start puts the former one back.
  bool on_trial = false;
};

/// Executes the boot command, if there is one. `sector` is kSectorSize bytes, aligned to 4. A gzip
/// package is verified as a whole before the first write, and refused when it would reach itself
/// while it is unpacked; without an `inflater` every package is refused. So is an image with
/// another loader than the one that the map says to keep.
BootReport run_boot_command(Flash& flash,
                            const FlashMap& map,
                            uint8_t* sector,
                            Inflater* inflater = nullptr);

}  // namespace otatool::firmware
