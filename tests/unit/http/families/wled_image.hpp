// WLED's block of metadata, built from field-firmwares.md 4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/image_builder.hpp"

namespace otatool::support {

struct WledSpec {
  std::string version = "16.0.1";
  std::string release = "ESP32";
  std::uint32_t structure = 2;
  std::array<std::uint8_t, 3> oldest = {0, 15, 0};
};

[[nodiscard]] inline Blob wled_block(const WledSpec& spec) {
  Blob block = {'S', 'T', 'S', 'W'};
  append_u32(block, spec.structure);
  block.resize(8 + 48);
  std::copy(spec.version.begin(), spec.version.end(), block.begin() + 8);
  block.resize(8 + 96);
  std::copy(spec.release.begin(), spec.release.end(), block.begin() + 56);
  std::uint32_t hash = 5381;
  for (const char letter : spec.release) {
    hash = (hash << 5U) + hash + static_cast<std::uint8_t>(letter);
  }
  append_u32(block, hash);
  block.insert(block.end(), spec.oldest.begin(), spec.oldest.end());
  return block;
}

/// A sketch of an ESP8266 with a block at its place.
[[nodiscard]] inline Blob wled_sketch(const WledSpec& spec) {
  const Blob block = wled_block(spec);
  ArduinoSpec sketch;
  sketch.crc = CrcPlace::None;
  sketch.code_size = 100;
  sketch.text = std::string(block.begin(), block.end()) + std::string(50'000, 'x');
  return arduino_image(sketch);
}

/// `image` with a block written over its bytes at `offset`.
[[nodiscard]] inline Blob with_wled_block(Blob image, std::size_t offset, const WledSpec& spec) {
  const Blob block = wled_block(spec);
  image.resize(std::max(image.size(), offset + block.size()));
  std::copy(block.begin(), block.end(), image.begin() + static_cast<std::ptrdiff_t>(offset));
  return image;
}

}  // namespace otatool::support
