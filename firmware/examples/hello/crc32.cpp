#include "firmware/examples/hello/crc32.hpp"

namespace otatool::hello {
namespace {

struct CrcTables {
  uint32_t words[4][256] = {};
};

constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (unsigned bit = 0; bit < 8; ++bit) {
      value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    tables.words[0][i] = value;
  }
  for (uint32_t i = 0; i < 256; ++i) {
    for (unsigned level = 1; level < 4; ++level) {
      const uint32_t before = tables.words[level - 1][i];
      tables.words[level][i] = (before >> 8U) ^ tables.words[0][before & 0xFFU];
    }
  }
  return tables;
}

// Read by words only, so that they may lie in flash.
__attribute__((section(".irom.rodata.crc32"))) constexpr CrcTables kCrcTables = make_crc_tables();

}  // namespace

uint32_t crc32(const uint8_t* data, size_t size) {
  uint32_t crc = ~0U;
  for (; size >= 4; data += 4, size -= 4) {
    crc ^= static_cast<uint32_t>(data[3]) << 24U | static_cast<uint32_t>(data[2]) << 16U |
           static_cast<uint32_t>(data[1]) << 8U | data[0];
    crc = kCrcTables.words[3][crc & 0xFFU] ^ kCrcTables.words[2][crc >> 8U & 0xFFU] ^
          kCrcTables.words[1][crc >> 16U & 0xFFU] ^ kCrcTables.words[0][crc >> 24U];
  }
  for (; size > 0; ++data, --size) {
    crc = (crc >> 8U) ^ kCrcTables.words[0][(crc ^ *data) & 0xFFU];
  }
  return ~crc;
}

}  // namespace otatool::hello
