#include "cli/io/cell_width.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool::cli {
namespace {

TEST(CellWidth, CountsCellsAndNotBytes) {
  EXPECT_EQ(cell_width(""), 0U);
  EXPECT_EQ(cell_width("kitchen"), 7U);
  EXPECT_EQ(cell_width("K\u00fcche"), 5U);
  EXPECT_EQ(cell_width("\u53a8\u623f"), 4U) << "CJK";
  EXPECT_EQ(cell_width("\uac00"), 2U) << "Hangul";
  EXPECT_EQ(cell_width("\uff21"), 2U) << "full-width A";
  EXPECT_EQ(cell_width("\U0001F4A1"), 2U) << "light bulb";
  EXPECT_EQ(cell_width("u\u0308"), 1U) << "combining diaeresis";
  EXPECT_EQ(cell_width("\u0e19\u0e49\u0e33"), 2U) << "Thai tone mark";
  EXPECT_EQ(cell_width("\u2600\ufe0f"), 1U) << "variation selector";
  EXPECT_EQ(cell_width("\x80\xff"), 2U) << "bytes that are not UTF-8";
}

TEST(CellWidth, FirstCellsSplitNoCharacter) {
  EXPECT_EQ(first_cells("kitchen", 3), "kit");
  EXPECT_EQ(first_cells("kitchen", 7), "kitchen");
  EXPECT_EQ(first_cells("kitchen", 100), "kitchen");
  EXPECT_EQ(first_cells("\u53a8\u623f", 3), "\u53a8");
  EXPECT_EQ(first_cells("u\u0308x", 1), "u\u0308");
  EXPECT_EQ(first_cells("\U0001F4A1", 1), "");
}

}  // namespace
}  // namespace otatool::cli
