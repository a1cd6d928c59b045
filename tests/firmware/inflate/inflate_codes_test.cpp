// Dynamic blocks made by hand: valid and invalid sets of code lengths.
#include <initializer_list>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/firmware/inflate/packages.hpp"

namespace otatool::firmware {
namespace {

using testing::Buffer;
using testing::HandMade;
using testing::text_bytes;
using testing::unpack;
using testing::verify;

// Begins a last dynamic block whose code lengths are written as 4-bit numbers: in the code length
// code, symbols 0 to 15 have 4 bits and 16 to 18 none.
HandMade block_with(const std::map<unsigned, unsigned>& literals,
                    const std::vector<unsigned>& distances) {
  constexpr unsigned kOrder[19] = {
      16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  HandMade made;
  made.bits(1, 1).bits(2, 2).bits(286 - 257, 5);
  made.bits(static_cast<std::uint32_t>(distances.size()) - 1, 5).bits(19 - 4, 4);
  for (const unsigned symbol : kOrder) {
    made.bits(symbol < 16 ? 4 : 0, 3);
  }
  for (unsigned symbol = 0; symbol < 286; ++symbol) {
    const auto found = literals.find(symbol);
    made.code(found == literals.end() ? 0 : found->second, 4);
  }
  for (const unsigned length : distances) {
    made.code(length, 4);
  }
  return made;
}

// 'a' is 0, end of block 10, length 3 is 11.
const std::map<unsigned, unsigned> kThreeSymbols = {{'a', 1}, {256, 2}, {257, 2}};

TEST(InflateCodes, AcceptsACompleteCode) {
  const HandMade made = block_with(kThreeSymbols, {1, 1});
  const auto unpacked =
      unpack(HandMade(made).code(0, 1).code(0, 1).code(3, 2).code(1, 1).code(2, 2).package(
          text_bytes("aaaaa")));
  EXPECT_EQ(unpacked.result, InflateResult::Ok);
  EXPECT_EQ(unpacked.bytes, text_bytes("aaaaa"));
}

TEST(InflateCodes, AcceptsASingleDistanceOfOneBit) {
  const HandMade made = block_with(kThreeSymbols, {1});
  EXPECT_EQ(verify(HandMade(made).code(0, 1).code(3, 2).code(0, 1).code(2, 2).package(
                text_bytes("aaaa"))),
            InflateResult::Ok);
  EXPECT_EQ(verify(HandMade(made).code(0, 1).code(3, 2).bits(0xFFFF, 16).code(2, 2).package()),
            InflateResult::BadSymbol);
}

TEST(InflateCodes, AcceptsABlockWithoutDistances) {
  const HandMade made = block_with(kThreeSymbols, {0});
  EXPECT_EQ(verify(HandMade(made).code(0, 1).code(2, 2).package(text_bytes("a"))),
            InflateResult::Ok);
  EXPECT_EQ(verify(HandMade(made).code(0, 1).code(3, 2).bits(0, 16).code(2, 2).package()),
            InflateResult::BadSymbol);
}

TEST(InflateCodes, AcceptsAnEmptyBlock) {
  EXPECT_EQ(verify(block_with({{256, 1}}, {0}).code(0, 1).package()), InflateResult::Ok);
  EXPECT_EQ(verify(block_with({{256, 1}}, {0}).bits(0xFFFF, 16).package()),
            InflateResult::BadSymbol);
}

TEST(InflateCodes, RefusesTooManyCodesOfALength) {
  EXPECT_EQ(verify(block_with({{'a', 1}, {'b', 1}, {256, 1}}, {0}).package()),
            InflateResult::BadCodes);
  EXPECT_EQ(verify(block_with({{'a', 1}, {'b', 2}, {'c', 2}, {256, 15}}, {0}).package()),
            InflateResult::BadCodes);
  EXPECT_EQ(verify(block_with(kThreeSymbols, {1, 1, 1}).package()), InflateResult::BadCodes);
}

TEST(InflateCodes, RefusesIncompleteCodes) {
  EXPECT_EQ(verify(block_with({{'a', 2}, {256, 2}}, {0}).package()), InflateResult::BadCodes);
  EXPECT_EQ(verify(block_with({{256, 2}}, {0}).package()), InflateResult::BadCodes);
  EXPECT_EQ(verify(block_with(kThreeSymbols, {2}).package()), InflateResult::BadCodes);
  EXPECT_EQ(verify(block_with(kThreeSymbols, {1, 2}).package()), InflateResult::BadCodes);
}

TEST(InflateCodes, RefusesABlockWithoutAnEndCode) {
  EXPECT_EQ(verify(block_with({{'a', 1}, {'b', 1}}, {0}).package()), InflateResult::BadCodes);
  EXPECT_EQ(verify(block_with({}, {0}).package()), InflateResult::BadCodes);
}

TEST(InflateCodes, RefusesTooManySymbols) {
  for (const unsigned literals : {287U, 288U}) {
    EXPECT_EQ(
        verify(HandMade().bits(5, 3).bits(literals - 257, 5).bits(0, 5).bits(0, 20).package()),
        InflateResult::BadCodes);
  }
  for (const unsigned distances : {31U, 32U}) {
    EXPECT_EQ(verify(HandMade().bits(5, 3).bits(0, 5).bits(distances - 1, 5).bits(0, 20).package()),
              InflateResult::BadCodes);
  }
}

// A code length code in which symbols 16, 17, 18 and 0 have two bits each.
HandMade with_repeats() {
  HandMade made;
  made.bits(5, 3).bits(0, 5).bits(0, 5).bits(0, 4);
  return made.bits(2, 3).bits(2, 3).bits(2, 3).bits(2, 3);
}

TEST(InflateCodes, RefusesRepeatsWithoutALengthAndBeyondTheEnd) {
  constexpr std::uint32_t kSame = 1;
  constexpr std::uint32_t kZeros = 3;
  EXPECT_EQ(verify(with_repeats().code(kSame, 2).bits(0, 2).package()), InflateResult::BadCodes);
  // 257 literals and one distance: 138 zeros fit once, twice they are too many.
  EXPECT_EQ(
      verify(with_repeats().code(kZeros, 2).bits(127, 7).code(kZeros, 2).bits(127, 7).package()),
      InflateResult::BadCodes);
  // Exactly 258 lengths, all zero: well-formed, but without an end of block.
  EXPECT_EQ(
      verify(with_repeats().code(kZeros, 2).bits(127, 7).code(kZeros, 2).bits(109, 7).package()),
      InflateResult::BadCodes);
}

TEST(InflateCodes, RefusesAnIncompleteCodeOfLengths) {
  HandMade made;
  made.bits(5, 3).bits(0, 5).bits(0, 5).bits(0, 4).bits(0, 3).bits(0, 3).bits(0, 3).bits(1, 3);
  EXPECT_EQ(verify(made.word(0).word(0).word(0).package()), InflateResult::BadCodes);
  HandMade over;
  over.bits(5, 3).bits(0, 5).bits(0, 5).bits(0, 4).bits(1, 3).bits(1, 3).bits(1, 3).bits(0, 3);
  EXPECT_EQ(verify(over.word(0).word(0).word(0).package()), InflateResult::BadCodes);
}

}  // namespace
}  // namespace otatool::firmware
