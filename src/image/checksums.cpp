#include "image/checksums.hpp"

#include <array>

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

constexpr Table msb_first_table() {
  Table table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i << 24U;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value << 1U) ^ ((value & 0x80000000U) != 0 ? 0x04C11DB7U : 0U);
    }
    table[i] = value;
  }
  return table;
}

constexpr Table kReflected = reflected_table();
constexpr Table kMsbFirst = msb_first_table();

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
  for (const std::uint8_t byte : bytes) {
    value_ = (value_ << 8U) ^ kMsbFirst[(value_ >> 24U) ^ byte];
  }
}

void FlashCrc::add_zeros(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    value_ = (value_ << 8U) ^ kMsbFirst[value_ >> 24U];
  }
}

}  // namespace otatool::image
