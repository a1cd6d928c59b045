// Filesystem images: LittleFS by its superblock, FAT by its boot sector, SPIFFS by the magic in
// each of its blocks.
#pragma once

#include <optional>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

[[nodiscard]] std::optional<FilesystemFacts> read_littlefs(Bytes file);
/// SPIFFS has no header; every block must contain the magic (3.5).
[[nodiscard]] std::optional<FilesystemFacts> read_spiffs(Bytes file);

/// FAT by its boot sector: at 0, or after the erased dummy sector of 4096 bytes that wear levelling
/// puts before it. Blocks are sectors.
[[nodiscard]] std::optional<FilesystemFacts> read_fat(Bytes file);

}  // namespace otatool::image
