// The chips that images are made for, and the meaning of their header bytes.
// Tables only (signing-gzip-images.md 3.1, 3.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace otatool::image {

enum class Chip {
  None,  ///< the file is for no particular chip
  Esp8266,
  Esp32,
  Esp32S2,
  Esp32S3,
  Esp32S31,
  Esp32C2,
  Esp32C3,
  Esp32C5,
  Esp32C6,
  Esp32C61,
  Esp32H2,
  Esp32H21,
  Esp32H4,
  Esp32P4,
  Esp32E22,
  Esp32Unknown,  ///< the ESP32 family, with a chip id that is not in the table
  Rp2040,
};

/// `esp8266`, `esp32`, `esp32-s2`, `rp2040` ...; `none` for None and `esp32-unknown` for
/// Esp32Unknown.
[[nodiscard]] std::string_view to_string(Chip chip);

[[nodiscard]] constexpr bool is_esp32_family(Chip chip) {
  return chip != Chip::None && chip != Chip::Esp8266 && chip != Chip::Rp2040;
}

/// The chip of an ESP32 image by the id in its header (3.4), Esp32Unknown if it is not known.
[[nodiscard]] Chip chip_of_id(std::uint16_t chip_id);

enum class FlashMode { Qio, Qout, Dio, Dout };
[[nodiscard]] std::string_view to_string(FlashMode mode);
/// `qio`, `qout`, `dio` or `dout`.
[[nodiscard]] std::optional<FlashMode> flash_mode_of_name(std::string_view name);

/// The flash settings of an image: bytes 2 and 3 of its header, and their meaning.
struct FlashSettings {
  std::uint8_t mode_byte = 0;
  std::uint8_t size_and_frequency = 0;  ///< size in the high nibble, frequency in the low one
  std::optional<FlashMode> mode;
  std::optional<std::uint64_t> size_bytes;
  std::string_view frequency;  ///< `40m`; empty if the chip does not define the nibble
};
[[nodiscard]] FlashSettings read_flash_settings(Chip chip,
                                                std::uint8_t mode_byte,
                                                std::uint8_t size_and_frequency);

/// The memory that a segment is loaded to.
enum class Memory { Unknown, Padding, Flash, Iram, Dram, Rtc, Psram };
[[nodiscard]] std::string_view to_string(Memory memory);
[[nodiscard]] Memory memory_at(Chip chip, std::uint32_t address);

}  // namespace otatool::image
