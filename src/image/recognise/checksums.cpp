#include "image/recognise/checksums.hpp"

#include <array>
#include <cstddef>

namespace otatool::image {
namespace {

using Table = std::array<std::uint32_t, 256>;

constexpr Table reflected_table() {
  Table table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    table[i] = value;
  }
  return table;
}

/// Eight bytes at a time: table n has the contribution of a byte that n further bytes follow.
using SliceTables = std::array<Table, 8>;

constexpr SliceTables msb_first_tables() {
  SliceTables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i << 24U;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value << 1U) ^ ((value & 0x80000000U) != 0 ? 0x04C11DB7U : 0U);
    }
    tables[0][i] = value;
  }
  for (std::size_t n = 1; n < tables.size(); ++n) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[n - 1][i];
      tables[n][i] = (before << 8U) ^ tables[0][before >> 24U];
    }
  }
  return tables;
}

constexpr Table kReflected = reflected_table();
constexpr SliceTables kMsbFirst = msb_first_tables();

std::uint32_t next_byte(std::uint32_t value, std::uint8_t byte) {
  return (value << 8U) ^ kMsbFirst[0][(value >> 24U) ^ byte];
}

}  // namespace

std::uint8_t xor_sum(Bytes bytes, std::uint8_t sum) {
  for (const std::uint8_t byte : bytes) {
    sum = static_cast<std::uint8_t>(sum ^ byte);
  }
  return sum;
}

std::uint32_t zlib_crc(Bytes bytes) {
  std::uint32_t value = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    value = (value >> 8U) ^ kReflected[(value ^ byte) & 0xFFU];
  }
  return ~value;
}

void FlashCrc::add(Bytes bytes) {
  for (; bytes.size() >= kMsbFirst.size(); bytes = bytes.subspan(kMsbFirst.size())) {
    const std::array<std::uint8_t, 4> head{static_cast<std::uint8_t>((value_ >> 24U) ^ bytes[0]),
                                           static_cast<std::uint8_t>((value_ >> 16U) ^ bytes[1]),
                                           static_cast<std::uint8_t>((value_ >> 8U) ^ bytes[2]),
                                           static_cast<std::uint8_t>(value_ ^ bytes[3])};
    value_ = kMsbFirst[7][head[0]] ^ kMsbFirst[6][head[1]] ^ kMsbFirst[5][head[2]] ^
             kMsbFirst[4][head[3]] ^ kMsbFirst[3][bytes[4]] ^ kMsbFirst[2][bytes[5]] ^
             kMsbFirst[1][bytes[6]] ^ kMsbFirst[0][bytes[7]];
  }
  for (const std::uint8_t byte : bytes) {
    value_ = next_byte(value_, byte);
  }
}

void FlashCrc::add_zeros(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    value_ = next_byte(value_, 0);
  }
}

}  // namespace otatool::image
