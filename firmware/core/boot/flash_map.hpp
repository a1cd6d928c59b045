// Flash layout: application, staging area, filesystem and boot command, as offsets from the start
// of the flash. Ends are exclusive.
#pragma once

#include "firmware/core/port.hpp"

namespace otatool::firmware {

/// All values are multiples of kSectorSize. On an ESP8266, application and staging area share one
/// region: a staged image ends at `staging_end`, and the running application must end below its
/// start (signing-gzip-images.md 2.1, 2.4). On an ESP32 they are two partitions.
struct FlashMap {
  uint32_t application;
  uint32_t application_end;
  uint32_t staging;
  uint32_t staging_end;
  uint32_t filesystem;
  uint32_t filesystem_end;
  uint32_t command;  ///< the sector of wire/boot_command.hpp
  /// Size of a loader at the start of the application region that is never replaced: images with
  /// another loader are refused. 0: an image brings its own loader.
  uint32_t loader_size = 0;
  /// The loader keeps a backup of the running application until the new one confirms, if there is
  /// room below the staged image.
  bool keeps_backup = false;
  /// Images for another flash mode or size than that of the running one are refused: an ESP8266
  /// would not start them (signing-gzip-images.md 2.6).
  bool keeps_flash_config = false;
};

/// Image format of a chip.
struct ChipTraits {
  uint32_t header_offset;  ///< of the application's header within the application region
  uint32_t header_length;
  uint32_t trailer_length;  ///< bytes after the checksum: the ESP32's appended SHA-256
};
constexpr ChipTraits kEsp8266Traits{0x1000, 8, 0};
constexpr ChipTraits kEsp32Traits{0, 24, 32};
/// An ESP8266 with the loader of firmware/boot.
constexpr ChipTraits kOwnTraits{0x2000, 8, 0};

/// The Arduino layout of an ESP8266 with 512 KiB, 1, 2, 4, 8 or 16 MiB of flash: 512k32, 1m64,
/// 2m256, 4m2m, 8m6m, 16m14m. The command's sector is the spare one between filesystem and EEPROM
/// if the layout has one, else the last one below the filesystem. False for any other size.
bool esp8266_flash_map(uint32_t flash_size, FlashMap& out);

/// The same for an ESP8266 with the loader of firmware/boot, which has 8 KiB, is never replaced,
/// and keeps a backup of the former application until the new one confirms.
bool own_flash_map(uint32_t flash_size, FlashMap& out);

/// Arduino's default partitions of an ESP32 with 4, 8 or 16 MiB: app0 is the application, app1 the
/// staging area; the command has the last sector of the core dump's partition. False for any other
/// size.
bool esp32_flash_map(uint32_t flash_size, FlashMap& out);

/// Rounds up to whole sectors; `bytes` is at most 0xFFFFF000.
constexpr uint32_t whole_sectors(uint32_t bytes) {
  return (bytes + kSectorSize - 1) / kSectorSize * kSectorSize;
}

/// Where the loader of an ESP8266 finds a staged image of `size` bytes, at most the size of the
/// flash: it ends at staging_end, and begins above the running application and above the start of
/// the application region, because the loader copies upwards. False if it does not fit.
bool staging_start(const FlashMap& map, uint32_t running_size, uint32_t size, uint32_t& start);

/// The largest application image, in bytes with its trailers, that can be staged above a running
/// one of `running_size` bytes.
uint32_t largest_application(const FlashMap& map, uint32_t running_size);

/// Size in bytes of the application in flash, computed from its segments; 0 if there is no image or
/// its segments leave [map.application, map.application_end).
uint32_t application_size(Flash& flash, const FlashMap& map, const ChipTraits& traits);

}  // namespace otatool::firmware
