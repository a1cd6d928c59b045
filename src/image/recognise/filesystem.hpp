// Filesystem images: LittleFS by its superblock, SPIFFS by the magic in each of its blocks.
#pragma once

#include <optional>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

[[nodiscard]] std::optional<FilesystemFacts> read_littlefs(Bytes file);
/// SPIFFS has no header; every block must contain the magic (3.5).
[[nodiscard]] std::optional<FilesystemFacts> read_spiffs(Bytes file);

}  // namespace otatool::image
