// What a loader does with a boot command: copies the staged image over the application, or unpacks
// it there, and marks its progress in flash. Cut off at any moment and started again, it ends with
// the same bytes. No network, no clock, no memory but the caller's.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "flash_map.hpp"
#include "inflate.hpp"
#include "port.hpp"

namespace otatool::firmware {

enum class BootOutcome : uint8_t {
  Nothing,  ///< there was no command
  Applied,  ///< the new application is complete, the command is gone
  Refused,  ///< the command or its image makes no sense: withdrawn before anything was written
  Failed,   ///< the flash reported a failure; the command stays for the next start
};

struct BootReport {
  BootOutcome outcome;
  uint32_t size;  ///< bytes of the image, unpacked if it was packed, when there was a command
  bool resumed;   ///< an earlier start had copied some sectors already
};

/// Executes the boot command, if there is one. `sector` is kSectorSize bytes, aligned to 4. A gzip
/// package is verified as a whole before the first write, and refused when it would reach itself
/// while it is unpacked; without an `inflater` every package is refused.
BootReport run_boot_command(Flash& flash,
                            const FlashMap& map,
                            uint8_t* sector,
                            Inflater* inflater = nullptr);

}  // namespace otatool::firmware
