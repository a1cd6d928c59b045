// Bytes that compress about as well as firmware. The same arguments give the same bytes.
#pragma once

#include <cstdint>
#include <vector>

namespace otatool::test {

/// Short "instructions" from a small vocabulary, mixed with operands that do not repeat.
inline std::vector<std::uint8_t> code_like(std::size_t size, std::uint32_t seed) {
  constexpr std::uint32_t kWords = 512;
  std::uint32_t state = seed * 2654435761U + 1;
  const auto random = [&state] {
    state = state * 1664525U + 1013904223U;
    return state >> 8U;
  };
  std::vector<std::uint8_t> bytes;
  bytes.reserve(size + 3);
  while (bytes.size() < size) {
    const std::uint32_t word = (random() % kWords) * 0x9E3779B1U;
    bytes.push_back(static_cast<std::uint8_t>(word >> 24U));
    bytes.push_back(static_cast<std::uint8_t>(word >> 16U));
    bytes.push_back(static_cast<std::uint8_t>(random() % 3 == 0 ? random() : word >> 8U));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace otatool::test
