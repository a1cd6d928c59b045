// The flash map of a sketch on an ESP8266, from the symbols of its linker script: only they say
// where this board has its filesystem. Spec: signing-gzip-images.md 2.4.
#pragma once

#include "firmware/core/boot/flash_map.hpp"

namespace otatool::arduino {

/// Where the chip maps its flash.
constexpr uint32_t kFlashWindow = 0x40200000;

/// The addresses of _FS_start, _FS_end and _EEPROM_start. Updates end at the start of the
/// filesystem, as with the core's Updater. False if they are not in this order in the flash window.
inline bool linker_flash_map(uint32_t fs_start,
                             uint32_t fs_end,
                             uint32_t eeprom_start,
                             firmware::FlashMap& out) {
  if (fs_start <= kFlashWindow || fs_end < fs_start || eeprom_start < fs_end) {
    return false;
  }
  out = {};
  out.application_end = out.staging_end = out.filesystem =
      (fs_start - kFlashWindow) / firmware::kSectorSize * firmware::kSectorSize;
  out.filesystem_end = (fs_end - kFlashWindow) / firmware::kSectorSize * firmware::kSectorSize;
  out.keeps_flash_config = true;
  return true;
}

}  // namespace otatool::arduino
