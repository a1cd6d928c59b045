// The loader's execution of a boot command: backs up the running application if there is room,
// copies or unpacks the staged image over it, and restores the backup if the new application does
// not confirm. Progress is recorded in flash: after a power cut at any moment the next start
// continues and ends with the same bytes. No network, no clock, no memory but the caller's.
#pragma once

#include "otatool/wire/boot_command.hpp"

#include "firmware/core/boot/flash_map.hpp"
#include "firmware/core/package/inflate.hpp"
#include "firmware/core/port.hpp"

namespace otatool::firmware {

enum class BootOutcome : uint8_t {
  Nothing,     ///< there was no command
  Applied,     ///< the new application is complete; it is on trial or the command is withdrawn
  RolledBack,  ///< the former application is restored, the command is withdrawn
  Kept,        ///< the backup is damaged: the new application stays, the command is withdrawn
  Erased,      ///< an unverified filesystem is erased, the command is withdrawn
  Refused,     ///< invalid command or image: withdrawn before anything was written
  Failed,      ///< the flash failed; the command stays for the next start
};

struct BootReport {
  BootOutcome outcome;
  uint32_t size;  ///< bytes of the (unpacked) image; 0 without a command
  bool resumed;   ///< an earlier start had already copied some sectors
  /// The new application must confirm (Trial), or the next start restores the former one.
  bool on_trial = false;
};

/// Executes the boot command, if there is one. `sector` is kSectorSize bytes, aligned to 4. A gzip
/// package is verified completely before the first write; it is refused if unpacking it would
/// overwrite it, or without an `inflater`. If the map keeps its loader, an image with another
/// loader is refused.
BootReport run_boot_command(Flash& flash,
                            const FlashMap& map,
                            uint8_t* sector,
                            Inflater* inflater = nullptr);

}  // namespace otatool::firmware
