#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/image/partition_table.hpp"

namespace otatool::image {
namespace {

constexpr std::string_view kTable =
    "# Name,   Type, SubType, Offset,  Size, Flags\r\n"
    "nvs,      data, nvs,     0x9000,  0x5000,\r\n"
    "otadata,  data, ota,     0xe000,  8K,\n"
    "\n"
    "app0,     app,  ota_0,   0x10000, 0x140000,\n"
    "app1,     app,  ota_1,   ,        1M,   encrypted\n"
    "ffat,     data, fat,     ,        64K   # a comment\n"
    "spiffs,   data, spiffs,  ,        0x20000\n";

TEST(PartitionCsv, ReadsTypesSizesAndComments) {
  const auto table = parse_partition_csv(kTable);
  ASSERT_TRUE(table) << table.error().message();
  ASSERT_EQ(table->size(), 6U);
  EXPECT_EQ((*table)[1].label, "otadata");
  EXPECT_EQ((*table)[1].size, 8192U);
  EXPECT_EQ((*table)[3].subtype, 0x11);
  EXPECT_EQ((*table)[3].offset, 0U);
  EXPECT_EQ(app_update_space(*table), 0x100000U) << "the smaller of the two";
  EXPECT_EQ(filesystem_space(*table), 0x20000U) << "SPIFFS comes before FAT";
}

TEST(PartitionCsv, HasNoSpaceWithoutSuchPartitions) {
  const auto table = parse_partition_csv("factory, app, factory, 0x10000, 1M");
  ASSERT_TRUE(table);
  EXPECT_EQ(app_update_space(*table), std::nullopt);
  EXPECT_EQ(filesystem_space(*table), std::nullopt);
}

TEST(PartitionCsv, NamesTheLineOfAnError) {
  for (const char* line : {"x",
                           "x, app",
                           "x, app, ota_16, , 1M",
                           "x, app, spiffs, , 1M",
                           "x, code, ota_0, , 1M",
                           "x, app, ota_0, 10z, 1M",
                           "x, app, ota_0, , 0",
                           "x, app, ota_0, , 99999M"}) {
    const auto table = parse_partition_csv(std::string("a, app, ota_0, , 1M\n") + line);
    ASSERT_FALSE(table) << line;
    EXPECT_THAT(table.error().message(), ::testing::StartsWith("line 2: ")) << line;
  }
  EXPECT_FALSE(parse_partition_csv("# nothing\n"));
}

}  // namespace
}  // namespace otatool::image
