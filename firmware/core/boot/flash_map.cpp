#include "firmware/core/boot/flash_map.hpp"

#include "otatool/wire/boot_command.hpp"
#include "otatool/wire/flash_layout.hpp"

namespace otatool::firmware {
namespace {

constexpr uint32_t kMiB = 1024 * 1024;
constexpr uint32_t kMaxSegments = 16;

// Looked up at compile time: neither table nor names end up on the chip.
constexpr uint32_t kFilesystem512k = wire::find_flash_layout("512k32")->filesystem;
constexpr uint32_t kFilesystem1m = wire::find_flash_layout("1m64")->filesystem;
constexpr uint32_t kFilesystem2m = wire::find_flash_layout("2m256")->filesystem;
constexpr uint32_t kFilesystem4m = wire::find_flash_layout("4m2m")->filesystem;
static_assert(wire::find_flash_layout("8m6m")->filesystem == kFilesystem4m &&
                  wire::find_flash_layout("16m14m")->filesystem == kFilesystem4m,
              "one case for all of them");

bool read_bytes(Flash& flash, uint32_t offset, uint8_t* word) {
  return flash.read(offset, word, 4);
}

/// Reads a little-endian word at any offset: segments may be unaligned.
bool read_word(Flash& flash, uint32_t offset, uint32_t& value) {
  alignas(4) uint8_t words[8];
  const uint32_t aligned = offset & ~3U;
  if (!read_bytes(flash, aligned, words) ||
      (aligned != offset && !read_bytes(flash, aligned + 4, words + 4))) {
    return false;
  }
  value = wire::detail::get_u32(words + (offset - aligned));
  return true;
}

}  // namespace

bool esp8266_flash_map(uint32_t flash_size, FlashMap& out) {
  uint32_t filesystem = 0;
  switch (flash_size) {
    case kMiB / 2:
      filesystem = kFilesystem512k;
      break;
    case kMiB:
      filesystem = kFilesystem1m;
      break;
    case 2 * kMiB:
      filesystem = kFilesystem2m;
      break;
    case 4 * kMiB:
    case 8 * kMiB:
    case 16 * kMiB:
      filesystem = kFilesystem4m;
      break;
    default:
      return false;
  }
  const uint32_t reserved = flash_size - wire::kFlashReservedSize;
  const bool spare_sector = flash_size >= 4 * kMiB;
  out.command = spare_sector ? reserved - kSectorSize : filesystem - kSectorSize;
  out.filesystem = filesystem;
  out.filesystem_end = spare_sector ? out.command : reserved;
  out.application = 0;
  out.staging = 0;
  out.application_end = out.staging_end = spare_sector ? filesystem : out.command;
  out.loader_size = 0;
  out.keeps_backup = false;
  return true;
}

bool own_flash_map(uint32_t flash_size, FlashMap& out) {
  if (!esp8266_flash_map(flash_size, out)) {
    return false;
  }
  out.loader_size = wire::kLoaderSlotSize;
  out.keeps_backup = true;
  return true;
}

bool esp32_flash_map(uint32_t flash_size, FlashMap& out) {
  uint32_t partition = 0;
  switch (flash_size) {
    case 4 * kMiB:
      partition = 0x140000;
      break;
    case 8 * kMiB:
      partition = 0x330000;
      break;
    case 16 * kMiB:
      partition = 0x640000;
      break;
    default:
      return false;
  }
  out.application = 0x10000;
  out.application_end = out.application + partition;
  out.staging = out.application_end;
  out.staging_end = out.staging + partition;
  out.filesystem = out.staging_end;
  out.filesystem_end = flash_size - 0x10000;
  out.command = flash_size - kSectorSize;
  out.loader_size = 0;
  out.keeps_backup = false;
  return true;
}

bool staging_start(const FlashMap& map, uint32_t running_size, uint32_t size, uint32_t& start) {
  const uint32_t staged = whole_sectors(size);
  if (staged > map.staging_end - map.staging || staged > map.application_end - map.application) {
    return false;
  }
  start = map.staging_end - staged;
  return start >= map.application + whole_sectors(running_size) && start > map.application;
}

uint32_t largest_application(const FlashMap& map, uint32_t running_size) {
  const uint32_t region = map.application_end - map.application;
  // The loader copies upwards, so the staged image must start above the running application.
  const uint32_t running = running_size > 0 ? whole_sectors(running_size) : kSectorSize;
  uint32_t lowest = running > region ? map.application_end : map.application + running;
  if (lowest < map.staging) {
    lowest = map.staging;
  }
  const uint32_t space = lowest < map.staging_end ? map.staging_end - lowest : 0;
  return space < region ? space : region;
}

uint32_t application_size(Flash& flash, const FlashMap& map, const ChipTraits& traits) {
  const uint32_t header = map.application + traits.header_offset;
  uint32_t word = 0;
  if (!read_word(flash, header, word) || (word & 0xFF) != 0xE9) {
    return 0;
  }
  const uint32_t segments = word >> 8 & 0xFF;
  uint32_t position = header + traits.header_length;
  for (uint32_t i = 0; i < segments; ++i) {
    // Both the segment's header and its data must lie in the region.
    if (segments > kMaxSegments || map.application_end - position < 12 ||
        !read_word(flash, position + 4, word) || word > map.application_end - position - 12) {
      return 0;
    }
    position += 8 + word;
  }
  // The checksum is at 15 mod 16, counted from the header.
  const uint32_t end = header + ((position - header + 16) & ~15U) + traits.trailer_length;
  return segments == 0 || end > map.application_end ? 0 : end - map.application;
}

}  // namespace otatool::firmware
