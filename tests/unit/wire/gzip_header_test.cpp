#include "otatool/wire/gzip_header.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace otatool::wire {
namespace {

using Header = std::vector<std::uint8_t>;
using HeaderState = GzipHeaderReader::State;

Header fixed_part(std::uint8_t flags) {
  return {0x1F, 0x8B, 8, flags, 0x78, 0x56, 0x34, 0x12, 2, 255};
}

void append(Header& header, const std::string& text) {
  header.insert(header.end(), text.begin(), text.end());
}

/// All bytes of `header` but the last must leave the reader waiting, and the last completes it.
GzipHeaderReader read_whole(const Header& header) {
  GzipHeaderReader reader;
  for (std::size_t i = 0; i < header.size(); ++i) {
    EXPECT_EQ(reader.state(), HeaderState::Reading) << "before byte " << i;
    reader.feed(header[i]);
  }
  EXPECT_EQ(reader.state(), HeaderState::Complete);
  EXPECT_EQ(reader.length(), header.size());
  return reader;
}

TEST(GzipHeader, FixedPartIsReadLittleEndian) {
  const GzipHeaderReader reader = read_whole(fixed_part(0));
  EXPECT_EQ(reader.modification_time(), 0x12345678U);
  EXPECT_EQ(reader.extra_flags(), 2);
  EXPECT_EQ(reader.operating_system(), 255);
  EXPECT_EQ(reader.name_length(), 0U);
}

TEST(GzipHeader, EveryCombinationOfFieldsEndsWhereItShould) {
  for (unsigned flags = 0; flags < 32; ++flags) {
    Header header = fixed_part(static_cast<std::uint8_t>(flags));
    if ((flags & kGzipExtra) != 0) {
      append(header,
             std::string("\x03\x00"
                         "a\0b",
                         5));
    }
    const std::size_t name_at = header.size();
    if ((flags & kGzipName) != 0) {
      append(header, std::string("hello.bin\0", 10));
    }
    if ((flags & kGzipComment) != 0) {
      append(header, std::string("why\0", 4));
    }
    if ((flags & kGzipHeaderCrc) != 0) {
      append(header, "\x34\x12");
    }
    SCOPED_TRACE(flags);
    const GzipHeaderReader reader = read_whole(header);
    EXPECT_EQ(reader.flags(), flags);
    EXPECT_EQ(reader.name_length(), (flags & kGzipName) != 0 ? 9U : 0U);
    EXPECT_EQ(reader.name_offset(), (flags & kGzipName) != 0 ? name_at : 0U);
    EXPECT_EQ(reader.stored_header_crc(), (flags & kGzipHeaderCrc) != 0 ? 0x1234 : 0);
  }
}

TEST(GzipHeader, EmptyAndLargestFieldsCount) {
  Header empty = fixed_part(kGzipExtra | kGzipName | kGzipComment);
  append(empty, std::string(4, '\0'));
  EXPECT_EQ(read_whole(empty).name_length(), 0U);

  Header large = fixed_part(kGzipExtra);
  append(large, "\xFF\xFF" + std::string(65535, 'x'));
  read_whole(large);
}

TEST(GzipHeader, RefusesAtTheFirstByteThatIsWrong) {
  struct Case {
    std::size_t at;
    std::uint8_t byte;
    HeaderState state;
  };
  for (const Case& bad : {Case{0, 0xE9, HeaderState::NotGzip},
                          Case{1, 0x8C, HeaderState::NotGzip},
                          Case{2, 7, HeaderState::UnknownMethod},
                          Case{3, 0x20, HeaderState::ReservedFlags},
                          Case{3, 0x40, HeaderState::ReservedFlags},
                          Case{3, 0x80, HeaderState::ReservedFlags}}) {
    Header header = fixed_part(0);
    header[bad.at] = bad.byte;
    GzipHeaderReader reader;
    for (std::size_t i = 0; i < bad.at; ++i) {
      EXPECT_EQ(reader.feed(header[i]), HeaderState::Reading);
    }
    EXPECT_EQ(reader.feed(bad.byte), bad.state);
    EXPECT_EQ(reader.feed(0x1F), bad.state);
    EXPECT_EQ(reader.length(), bad.at + 1);
  }
}

TEST(GzipHeader, TakesNothingAfterItsEnd) {
  GzipHeaderReader reader = read_whole(fixed_part(0));
  EXPECT_EQ(reader.feed(0), HeaderState::Complete);
  EXPECT_EQ(reader.length(), kGzipFixedHeaderLength);
}

}  // namespace
}  // namespace otatool::wire
