#include "cli/io/printable.hpp"

#include <gtest/gtest.h>

namespace otatool::cli {
namespace {

TEST(Printable, KeepsPlainText) {
  EXPECT_EQ(printable("kitchen, Küche, 台所, 🔧"), "kitchen, Küche, 台所, 🔧");
}

TEST(Printable, EscapesTerminalControls) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(printable("a\rb\nc\td\x7f"), "a\\x0db\\x0ac\\x09d\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m")
      << "the one-character form of ESC [";
}

TEST(Printable, EscapesCharactersThatHideText) {
  EXPECT_EQ(printable("fw\xe2\x80\xaenib"), "fw\\u202enib") << "right-to-left override";
  EXPECT_EQ(printable("a\xe2\x80\xa8"
                      "b"),
            "a\\u2028b")
      << "line separator";
}

TEST(Printable, EscapesBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3") << "cut off";
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond U+10FFFF";
  EXPECT_EQ(printable("\xc3("), "\\xc3(");
}

TEST(Printable, KeepsLineBreaksOfSeveralLines) {
  EXPECT_EQ(printable_lines("a\n\tb\r"), "a\n\tb\\x0d");
}

}  // namespace
}  // namespace otatool::cli
