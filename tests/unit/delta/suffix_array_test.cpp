#include "delta/suffix_array.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/code_like.hpp"

namespace otatool::delta {
namespace {

std::vector<std::int32_t> sorted_one_by_one(Bytes text) {
  std::vector<std::int32_t> order(text.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [text](std::int32_t left, std::int32_t right) {
    return std::ranges::lexicographical_compare(text.subspan(static_cast<std::size_t>(left)),
                                                text.subspan(static_cast<std::size_t>(right)));
  });
  return order;
}

TEST(SortedSuffixes, OfShortTexts) {
  for (const std::string text : {"", "a", "ab", "ba", "aa", "banana", "mississippi", "abababab"}) {
    EXPECT_EQ(sorted_suffixes(as_bytes(text)), sorted_one_by_one(as_bytes(text))) << text;
  }
}

TEST(SortedSuffixes, OfEveryTextOfThreeLetters) {
  for (unsigned length = 1; length <= 7; ++length) {
    std::string text(length, 'a');
    for (bool more = true; more;) {
      ASSERT_EQ(sorted_suffixes(as_bytes(text)), sorted_one_by_one(as_bytes(text))) << text;
      std::size_t at = 0;
      while (at < length && text[at] == 'c') {
        text[at++] = 'a';
      }
      more = at < length;
      if (more) {
        ++text[at];
      }
    }
  }
}

TEST(SortedSuffixes, OfCodeAndOfExtremeBytes) {
  std::vector<std::uint8_t> text = test::code_like(3000, 7);
  EXPECT_EQ(sorted_suffixes(text), sorted_one_by_one(text));
  std::fill(text.begin() + 500, text.begin() + 1500, std::uint8_t{0xFF});
  std::fill(text.begin() + 1700, text.begin() + 2300, std::uint8_t{0});
  EXPECT_EQ(sorted_suffixes(text), sorted_one_by_one(text));
}

}  // namespace
}  // namespace otatool::delta
