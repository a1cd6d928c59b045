// Reads an image as the spec describes it (signing-gzip-images.md 3.1, 3.3), apart from the code
// that builds it; the CRC comes from Boost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/crc.hpp>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

namespace otatool::elf2image::testing {

struct Segment {
  std::uint32_t address;
  std::vector<std::uint8_t> bytes;
};

struct Program {
  std::uint32_t entry = 0;
  std::vector<Segment> segments;
  std::uint8_t checksum = 0;
  std::size_t end = 0;
};

inline std::uint32_t word(Bytes image, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = value << 8U | image[at + i];
  }
  return value;
}

inline Program read_program(Bytes image, std::size_t start) {
  Program program;
  EXPECT_EQ(image[start], 0xE9);
  program.entry = word(image, start + 4);
  std::size_t at = start + 8;
  for (int left = image[start + 1]; left > 0; --left) {
    const std::uint32_t size = word(image, at + 4);
    const Bytes content = image.subspan(at + 8, size);
    program.segments.push_back({word(image, at), {content.begin(), content.end()}});
    at += 8 + size;
  }
  while (at % 16 != 15) {
    EXPECT_EQ(image[at], 0) << at;
    ++at;
  }
  program.checksum = image[at];
  program.end = at + 1;
  return program;
}

/// `application`: where its header lies.
inline void expect_sound(Bytes image, std::size_t application = 0x1000) {
  std::vector<std::uint8_t> zeroed(image.begin(), image.end());
  for (std::size_t i = 0x10; i < 0x18; ++i) {
    zeroed[application + i] = 0;
  }
  for (const std::size_t start : {std::size_t{0}, application}) {
    const Program program = read_program(zeroed, start);
    unsigned sum = 0xEF;
    for (const Segment& segment : program.segments) {
      for (const std::uint8_t byte : segment.bytes) {
        sum ^= byte;
      }
    }
    EXPECT_EQ(sum, program.checksum) << start;
  }
  boost::crc_optimal<32, 0x04C11DB7, 0xFFFFFFFF, 0, false, false> crc;
  crc.process_bytes(zeroed.data(), zeroed.size());
  EXPECT_EQ(word(image, application + 0x10), image.size());
  EXPECT_EQ(word(image, application + 0x14), crc.checksum());
  EXPECT_EQ(image.size() % 16, 0U);
}

}  // namespace otatool::elf2image::testing
