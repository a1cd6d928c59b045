#include "otatool/nesting.hpp"

#include <string>

#include <gtest/gtest.h>

namespace otatool {
namespace {

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

/// The line of the first place; 0 if there is none.
std::size_t line_of(std::string_view text) {
  const auto place = find_too_deep(text);
  return place ? place->line : 0;
}

TEST(Nesting, AllowsNamesOf16Parts) {
  const std::string fifteen_dots = repeated("a.", 15);
  for (const char* end : {"a = 1\n", "a]\n", "a = 1.5\nb.c = 2\n"}) {
    EXPECT_EQ(line_of(fifteen_dots + end), 0U) << end;
    EXPECT_EQ(line_of("\n" + fifteen_dots + "a." + end), 2U) << end;
  }
  EXPECT_EQ(line_of(repeated("\"a\" . 'b' .", 8) + "c = 1"), 1U);
}

TEST(Nesting, Allows32OpenArraysAndTables) {
  for (const auto& [open, close] : {std::pair("[", "]"), std::pair("{a=", "}")}) {
    EXPECT_EQ(line_of("x = " + repeated(open, 32) + "1" + repeated(close, 32)), 0U);
    EXPECT_EQ(line_of("x = " + repeated(open, 33) + "1" + repeated(close, 33)), 1U);
    EXPECT_EQ(line_of("x = " + repeated(open, 200'000)), 1U);
  }
  EXPECT_EQ(line_of(repeated("[[a.b]]\nc = [[1], {d = 2}]\n", 1000)), 0U);
}

TEST(Nesting, CountsNeitherStringsNorComments) {
  const std::string deep = repeated("[", 40) + repeated("a.", 40);
  for (const char* around : {"\"", "'", "\"\"\"", "'''"}) {
    EXPECT_EQ(line_of("x = " + std::string(around) + deep + around), 0U) << around;
    EXPECT_EQ(line_of("x = " + std::string(around) + deep + around + "\ny = " + deep), 2U)
        << around;
  }
  EXPECT_EQ(line_of("# " + deep + "\n\n" + deep), 3U);
  EXPECT_EQ(line_of("x = \"\\\"" + deep + "\"\n" + deep), 2U);
  EXPECT_EQ(line_of("x = '\\'\n" + deep), 2U);
  EXPECT_EQ(line_of("x = \"\"\"\\\"\"\"\n" + deep + "\"\"\"\n" + deep), 3U);
  EXPECT_EQ(line_of("x = \"\"\"a\n\\\n'''\n\"\"\"\"\"\n" + deep), 5U);
  EXPECT_EQ(line_of("x = '''a'''''\n" + deep), 2U);
  EXPECT_EQ(line_of("x = \"\"\n" + deep), 2U);
}

TEST(Nesting, LeavesSyntaxErrorsToTheParser) {
  for (const char* text :
       {"x = \"", "x = '''", "x = \"\\", "# no line end", "]]]]", "x = \"\n[[["}) {
    EXPECT_EQ(line_of(text), 0U) << text;
  }
}

TEST(Nesting, ReadsJson) {
  EXPECT_EQ(line_of("{\"a\":\n" + repeated("[", 31) + "1.5" + repeated("]", 31) + "}"), 0U);
  EXPECT_EQ(line_of("{\"a\":\n" + repeated("[", 32)), 2U);
  EXPECT_EQ(line_of("{\"a\":\n" + repeated("{\"a\":", 32)), 2U);
  EXPECT_EQ(line_of("[\"\",\"\\\"" + repeated("[", 40) + "\",1.5,2.5]"), 0U);
}

}  // namespace
}  // namespace otatool
