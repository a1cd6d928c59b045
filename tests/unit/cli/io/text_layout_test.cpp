#include "cli/io/text_layout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::cli {
namespace {

using ::testing::ElementsAre;

TEST(Wrapped, BreaksAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 80, 2, 0), "one two three");
  EXPECT_EQ(wrapped("one two three", 7, 2, 0), "one two\n  three");
  EXPECT_EQ(wrapped("one two three", kUnlimitedWidth, 0, 0), "one two three");
  EXPECT_EQ(wrapped("one two", 12, 4, 9), "one\n    two");
}

TEST(Wrapped, KeepsAWordThatIsTooLong) {
  EXPECT_EQ(wrapped("a incomprehensible b", 8, 2, 0), "a\n  incomprehensible\n  b");
}

TEST(Wrapped, CountsCells) {
  EXPECT_EQ(wrapped("\u53a8\u623f \u53a8\u623f", 9, 0, 0), "\u53a8\u623f \u53a8\u623f");
  EXPECT_EQ(wrapped("\u53a8\u623f \u53a8\u623f", 8, 0, 0), "\u53a8\u623f\n\u53a8\u623f");
}

Table table_of_two() {
  Table table({{"NAME"}, {"SIZE", true}, {"NOTE"}});
  table.add({"\u53a8\u623f", "1", "a b"});
  table.add({"k", "1024", "\x1b"});
  return table;
}

TEST(Table, AlignsCells) {
  EXPECT_THAT(table_of_two().lines(kUnlimitedWidth),
              ElementsAre("NAME  SIZE  NOTE", "\u53a8\u623f     1  a b", "k     1024  \\x1b"));
  EXPECT_EQ(table_of_two().lines(16), table_of_two().lines(kUnlimitedWidth));
}

TEST(Table, AListBreaksLongCells) {
  Table table({{"NAME"}, {"ADDRESS"}});
  table.add({"k", "fe80::5ecf:7fff:fe0a:b0c%eth0"});
  EXPECT_THAT(table.lines(31),
              ElementsAre("NAME     k", "ADDRESS", "  fe80::5ecf:7fff:fe0a:b0c%eth0"));
}

TEST(Table, OmitsColumnsWithoutRoom) {
  Table table({{.heading = "NAME"},
               {.heading = "PORT", .omitted_first = 1},
               {.heading = "KIND"},
               {.heading = "AGE", .omitted_first = 2}});
  table.add({"k", "8266", "espota", "1 s"});
  EXPECT_THAT(table.lines(23), ElementsAre("NAME  PORT  KIND    AGE", "k     8266  espota  1 s"));
  EXPECT_THAT(table.lines(22), ElementsAre("NAME  PORT  KIND", "k     8266  espota"));
  EXPECT_THAT(table.lines(17), ElementsAre("NAME  KIND", "k     espota"));
  EXPECT_THAT(table.lines(11),
              ElementsAre("NAME  k", "PORT  8266", "KIND", "  espota", "AGE   1 s"));
}

TEST(Table, BecomesAListWhereItDoesNotFit) {
  EXPECT_THAT(table_of_two().lines(15),
              ElementsAre("NAME  \u53a8\u623f",
                          "SIZE  1",
                          "NOTE  a b",
                          "",
                          "NAME  k",
                          "SIZE  1024",
                          "NOTE  \\x1b"));
}

}  // namespace
}  // namespace otatool::cli
