// Reading one image: header, segments and checksum, which ESP8266 and ESP32 share.
#pragma once

#include <cstdint>

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

constexpr std::uint8_t kImageMagic = 0xE9;
constexpr std::uint64_t kHeaderSize = 8;

struct PartPlace {
  std::uint64_t header = 0;         ///< of the eight header bytes in the file
  std::uint64_t first_segment = 0;  ///< in the file
  PartRole role = PartRole::App;
  Chip chip = Chip::None;
};

/// Reads the image at `place`, whose header must lie inside the file. It ends with the
/// checksum byte; `size` stays 0 if the file ends before that.
[[nodiscard]] Part read_part(Bytes file, const PartPlace& place);

}  // namespace otatool::image
