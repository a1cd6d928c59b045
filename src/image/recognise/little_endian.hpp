// Bounded reads of little-endian numbers and of sub-ranges: a position outside the bytes gives
// nothing, for any number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "otatool/bytes.hpp"

namespace otatool::image {

[[nodiscard]] inline std::optional<Bytes> slice(Bytes bytes,
                                                std::uint64_t offset,
                                                std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) {
    return std::nullopt;
  }
  return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

[[nodiscard]] inline std::optional<std::uint8_t> u8_at(Bytes bytes, std::uint64_t offset) {
  const auto one = slice(bytes, offset, 1);
  return one ? std::optional<std::uint8_t>(one->front()) : std::nullopt;
}

[[nodiscard]] inline std::optional<std::uint16_t> u16_at(Bytes bytes, std::uint64_t offset) {
  const auto two = slice(bytes, offset, 2);
  if (!two) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>((*two)[0] | ((*two)[1] << 8));
}

[[nodiscard]] inline std::optional<std::uint32_t> u32_at(Bytes bytes, std::uint64_t offset) {
  const auto four = slice(bytes, offset, 4);
  if (!four) {
    return std::nullopt;
  }
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = (value << 8U) | (*four)[i];
  }
  return value;
}

/// The end of the 16-byte line whose last byte is the checksum: the next multiple of 16 above.
[[nodiscard]] constexpr std::uint64_t end_of_line(std::uint64_t offset) {
  return (offset | 15U) + 1;
}

[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t size, std::uint64_t unit) {
  return (size + unit - 1) / unit * unit;
}

constexpr std::uint64_t kSectorSize = 0x1000;

}  // namespace otatool::image
