// The partition table of an ESP32: its CSV form (gen_esp32part.py), and the space for updates in
// it. The binary form is read by examine(). No files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "otatool/image/facts.hpp"
#include "otatool/result.hpp"

namespace otatool::image {

/// Parses lines of the form `name, type, subtype, offset, size[, flags]`. Sizes are decimal or `0x`
/// hexadecimal numbers with an optional suffix K or M; an empty offset is 0. Comments begin with
/// `#`. Usage with the number of the line; Usage for a text without partitions.
[[nodiscard]] Result<std::vector<Partition>> parse_partition_csv(std::string_view text);

/// Bytes of the smallest partition for app updates (ota_0 to ota_15), nothing if there is none.
[[nodiscard]] std::optional<std::uint32_t> app_update_space(std::span<const Partition> partitions);

/// Bytes of the partition that a filesystem upload overwrites: the first SPIFFS partition, else
/// FAT, else LittleFS (espota.md 2.1). Nothing if there is none.
[[nodiscard]] std::optional<std::uint32_t> filesystem_space(std::span<const Partition> partitions);

}  // namespace otatool::image
