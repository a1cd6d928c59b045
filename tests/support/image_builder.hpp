// Builds images of every kind byte by byte, with its own checksums and CRCs: it uses nothing from
// src/image, so that a mistake there is found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::support {

using Blob = std::vector<std::uint8_t>;

void append(Blob& blob, Bytes bytes);
void append_u32(Blob& blob, std::uint32_t value);
void put_u16(Blob& blob, std::size_t offset, std::uint16_t value);
void put_u32(Blob& blob, std::size_t offset, std::uint32_t value);

/// `size` pseudo-random bytes, always the same for one seed.
[[nodiscard]] Blob noise(std::size_t size, std::uint32_t seed);

struct SegmentSpec {
  std::uint32_t address = 0;
  Blob data;
};

struct HeaderSpec {
  std::uint8_t mode = 2;
  std::uint8_t size_and_frequency = 0x40;
  std::uint32_t entry = 0x4010'F4F4;
};

/// ESP8266 v1: header, segments, padding, XOR byte.
[[nodiscard]] Blob v1_image(const HeaderSpec& header, const std::vector<SegmentSpec>& segments);
/// ESP8266 v2: code for flash, then a v1 image, then the CRC.
[[nodiscard]] Blob v2_image(std::size_t irom_size, const std::vector<SegmentSpec>& segments);

/// The loader of the Arduino core alone.
[[nodiscard]] Blob loader_image(const HeaderSpec& header = {});

enum class CrcPlace { None, InSketch, InLoader };
struct ArduinoSpec {
  HeaderSpec header = {};
  CrcPlace crc = CrcPlace::InSketch;
  std::size_t code_size = 3001;  ///< size of the flash segment; often not a multiple of 4
  std::string text = {};         ///< copied into the code
};
/// Loader and sketch, joined like elf2bin: the XOR byte is computed before the CRC is inserted.
[[nodiscard]] Blob arduino_image(const ArduinoSpec& spec = {});

struct Esp32Spec {
  std::uint16_t chip_id = 0;
  bool hash = true;
  bool descriptor = true;
  std::uint8_t mode = 2;
  std::uint8_t size_and_frequency = 0x2F;
  std::vector<SegmentSpec> segments = {};  ///< empty: one in flash and one in RAM of the ESP32
};
[[nodiscard]] Blob esp32_image(const Esp32Spec& spec = {});
[[nodiscard]] Blob esp32_bootloader(std::uint16_t chip_id = 0);
[[nodiscard]] Blob partition_table();
/// Bootloader at `bootloader_offset`, table at 0x8000, app at 0x10000, erased flash between them.
[[nodiscard]] Blob merged_image(std::size_t bootloader_offset, std::uint16_t chip_id);

[[nodiscard]] Blob littlefs_image(std::uint32_t block_size, std::uint32_t block_count);
[[nodiscard]] Blob spiffs_image(std::uint32_t block_size, std::uint32_t block_count, bool length);
/// FAT with sectors of 4096 bytes, as ESP-IDF makes it. `wear_levelling` adds one erased sector
/// before it and three after it.
[[nodiscard]] Blob fat_image(std::uint16_t sectors, bool wear_levelling);

/// Payload, `signature_size` random bytes and their length.
[[nodiscard]] Blob with_trailer(Blob payload, std::uint32_t signature_size);
/// Like with_trailer, with `length` as the last word.
[[nodiscard]] Blob with_trailer_word(Blob payload,
                                     std::uint32_t signature_size,
                                     std::uint32_t last_word);
/// Payload and a signature of that size, padded to 512 bytes with zeros.
[[nodiscard]] Blob with_esp32_trailer(Blob payload, const Blob& signature);
/// Padding to a sector, and a sector with `blocks` secure boot signature blocks of this version.
[[nodiscard]] Blob with_secure_boot_v2(Blob payload, std::uint8_t version, unsigned blocks);
[[nodiscard]] Blob with_secure_boot_v1(Blob payload);

[[nodiscard]] std::string sha256_hex(Bytes bytes);

}  // namespace otatool::support
