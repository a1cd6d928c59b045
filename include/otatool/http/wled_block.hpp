// The block of metadata in a WLED image (field-firmwares.md 4). Bytes in, values out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "otatool/bytes.hpp"

namespace otatool::http {

struct WledBlock {
  std::string version;
  std::string release;
  /// The oldest version that can be updated to this image.
  std::optional<std::array<std::uint8_t, 3>> oldest_version;
};

/// Reads the block of an unpacked image: within 512 bytes after offset 256 (ESP32) or 0x1000
/// (ESP8266). Nothing if there is none, or if the hash of its release is wrong.
[[nodiscard]] std::optional<WledBlock> read_wled_block(Bytes image);

/// Whether WLED takes both names for the same release: a `_V4` at the end does not count.
[[nodiscard]] bool same_wled_release(std::string_view left, std::string_view right);

}  // namespace otatool::http
