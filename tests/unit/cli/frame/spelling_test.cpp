#include "cli/frame/spelling.hpp"

#include <array>

#include <gtest/gtest.h>

namespace otatool::cli {
namespace {

constexpr std::array<std::string_view, 5> kWords = {
    "upload", "discover", "sign", "password-file", "port"};

TEST(Spelling, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("upload", "upload"), 0U);
  EXPECT_EQ(edit_distance("upload", "uplaod"), 1U) << "a swap is one edit";
  EXPECT_EQ(edit_distance("upload", "uload"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Spelling, FindsTheNearestWord) {
  EXPECT_EQ(nearest_word("uplaod", kWords), "upload");
  EXPECT_EQ(nearest_word("dicsover", kWords), "discover");
  EXPECT_EQ(nearest_word("prot", kWords), "port");
  EXPECT_EQ(nearest_word("sing", kWords), "sign");
}

TEST(Spelling, RecognisesAnAbbreviation) {
  EXPECT_EQ(nearest_word("pass", kWords), "password-file");
  EXPECT_EQ(nearest_word("disc", kWords), "discover");
}

TEST(Spelling, SuggestsOnlySimilarWords) {
  EXPECT_EQ(nearest_word("", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("x", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("flash", kWords), std::nullopt);
  EXPECT_EQ(nearest_word(std::string(5000, 'u'), kWords), std::nullopt);
}

}  // namespace
}  // namespace otatool::cli
