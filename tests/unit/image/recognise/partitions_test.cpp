#include "image/recognise/partitions.hpp"

#include <gtest/gtest.h>

#include "tests/support/image_builder.hpp"

namespace otatool::image {
namespace {

support::Blob entry_at(std::uint32_t offset, std::uint32_t size) {
  support::Blob entry(32, 0);
  entry[0] = 0xAA;
  entry[1] = 0x50;
  support::put_u32(entry, 4, offset);
  support::put_u32(entry, 8, size);
  return entry;
}

TEST(Partitions, BeginAtASectorAndAreNotEmpty) {
  EXPECT_EQ(read_partitions(entry_at(0x10000, 0x1000), 0).entries.size(), 1U);
  EXPECT_TRUE(read_partitions(entry_at(0x10010, 0x1000), 0).entries.empty());
  EXPECT_TRUE(read_partitions(entry_at(0x10800, 0x1000), 0).entries.empty());
  EXPECT_TRUE(read_partitions(entry_at(0, 0x1000), 0).entries.empty());
  EXPECT_TRUE(read_partitions(entry_at(0x10000, 0), 0).entries.empty());
}

}  // namespace
}  // namespace otatool::image
