// Images of the ESP32 family: apps, bootloaders and whole flashes ("merged", "factory").
#pragma once

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"
#include "otatool/image/recognise.hpp"

namespace otatool::image {

/// Whether an extended header of the ESP32 family follows the E9 at `offset` (3.5).
[[nodiscard]] bool looks_like_esp32(Bytes file, std::uint64_t offset);

/// Fills kind, chip, parts, esp32, app, image_size and, for merged images, the partition table.
/// `file` must look like an ESP32 image at 0.
void read_esp32(Bytes file, Sha256Hex sha256_hex, ImageFacts& facts);

/// Reads a merged image that begins with blank flash, for chips that start from 0x1000 or 0x2000.
/// False if the file is something else.
[[nodiscard]] bool read_padded_merged(Bytes file, Sha256Hex sha256_hex, ImageFacts& facts);

}  // namespace otatool::image
