#include "image/recognise/filesystem.hpp"

#include <algorithm>
#include <bit>

#include "image/recognise/little_endian.hpp"

namespace otatool::image {
namespace {

constexpr std::string_view kLittleFsMagic = "littlefs";
constexpr std::uint64_t kMagicOffset = 8;
constexpr std::uint64_t kSuperblockOffset = 20;

// Object ids of SPIFFS have 16 bits, so the lower half of the magic is what is stored.
constexpr std::uint16_t kSpiffsMagic = 0x0529 ^ 256;
constexpr std::uint64_t kSpiffsMagicOffset = 256 - 4;
constexpr std::uint64_t kLeastSpiffsBlocks = 2;

constexpr std::uint64_t kFatBootSector = 512;
constexpr std::uint64_t kFatDummySector = 4096;

std::optional<FilesystemFacts> littlefs_superblock(Bytes file, std::uint64_t block) {
  const auto magic = slice(file, block + kMagicOffset, kLittleFsMagic.size());
  if (!magic || as_text(*magic) != kLittleFsMagic) {
    return std::nullopt;
  }
  return FilesystemFacts{u32_at(file, block + kSuperblockOffset).value_or(0),
                         u32_at(file, block + kSuperblockOffset + 4).value_or(0),
                         u32_at(file, block + kSuperblockOffset + 8).value_or(0)};
}

/// Whether every block has the magic; on the ESP32 it includes the number of blocks from there to
/// the end (SPIFFS_USE_MAGIC_LENGTH).
bool all_blocks_have_magic(Bytes file, std::uint64_t block_size, bool with_length) {
  const std::uint64_t count = file.size() / block_size;
  for (std::uint64_t block = 0; block < count; ++block) {
    const auto length = static_cast<std::uint16_t>(with_length ? count - block : 0);
    if (u16_at(file, block * block_size + kSpiffsMagicOffset) !=
        static_cast<std::uint16_t>(kSpiffsMagic ^ length)) {
      return false;
    }
  }
  return true;
}

/// The boot sector of FAT12, FAT16 or FAT32 at `offset` (Microsoft FAT specification 3.1).
std::optional<FilesystemFacts> fat_boot_sector(Bytes file, std::uint64_t offset) {
  const auto sector = slice(file, offset, kFatBootSector);
  if (!sector || (*sector)[0] != 0xEB || (*sector)[2] != 0x90 || u16_at(*sector, 510) != 0xAA55) {
    return std::nullopt;
  }
  const std::uint32_t bytes = u16_at(*sector, 11).value_or(0);
  const std::uint32_t small_count = u16_at(*sector, 19).value_or(0);
  const std::uint32_t count = small_count != 0 ? small_count : u32_at(*sector, 32).value_or(0);
  const bool valid = std::has_single_bit(bytes) && bytes >= 512 && bytes <= 4096 &&
                     std::has_single_bit((*sector)[13]) && u16_at(*sector, 14) != 0 &&
                     ((*sector)[16] == 1 || (*sector)[16] == 2) && (*sector)[21] >= 0xF0 &&
                     count > 0;
  return valid ? std::optional(FilesystemFacts{0, bytes, count}) : std::nullopt;
}

}  // namespace

std::optional<FilesystemFacts> read_littlefs(Bytes file) {
  // LittleFS writes the superblock to the first two blocks in turn; either may be newer.
  for (const std::uint64_t block : {0x0000U, 0x1000U, 0x2000U}) {
    if (auto facts = littlefs_superblock(file, block)) {
      return facts;
    }
  }
  return std::nullopt;
}

std::optional<FilesystemFacts> read_fat(Bytes file) {
  if (auto facts = fat_boot_sector(file, 0)) {
    return facts;
  }
  const auto dummy = slice(file, 0, kFatDummySector);
  const bool erased = dummy && std::ranges::all_of(*dummy, [](auto byte) { return byte == 0xFF; });
  return erased ? fat_boot_sector(file, kFatDummySector) : std::nullopt;
}

std::optional<FilesystemFacts> read_spiffs(Bytes file) {
  // An image with small blocks also looks like one with large blocks, so try small blocks first.
  for (const std::uint32_t block_size : {0x1000U, 0x2000U}) {
    if (file.size() % block_size != 0 || file.size() / block_size < kLeastSpiffsBlocks) {
      continue;
    }
    for (const bool with_length : {false, true}) {
      if (all_blocks_have_magic(file, block_size, with_length)) {
        return FilesystemFacts{0, block_size, static_cast<std::uint32_t>(file.size() / block_size)};
      }
    }
  }
  return std::nullopt;
}

}  // namespace otatool::image
