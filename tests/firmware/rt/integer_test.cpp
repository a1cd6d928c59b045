#include "firmware/rt/integer.hpp"

#include <random>

#include <gtest/gtest.h>

namespace otatool::firmware {
namespace {

TEST(Integer, MatchesTheHost) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    // Shifted to get small and large operands.
    const std::uint64_t dividend = random() >> (random() % 64);
    const std::uint64_t divisor = (random() >> (random() % 64)) | 1U;
    const auto wide = divide(dividend, divisor);
    ASSERT_EQ(wide.quotient, dividend / divisor);
    ASSERT_EQ(wide.remainder, dividend % divisor);
    const auto small_dividend = static_cast<std::uint32_t>(dividend);
    const auto small_divisor = static_cast<std::uint32_t>(divisor) | 1U;
    const auto narrow = divide(small_dividend, small_divisor);
    ASSERT_EQ(narrow.quotient, small_dividend / small_divisor);
    ASSERT_EQ(narrow.remainder, small_dividend % small_divisor);
    ASSERT_EQ(multiply(small_dividend, small_divisor),
              std::uint64_t{small_dividend} * small_divisor);
  }
}

TEST(Integer, HandlesExtremeValues) {
  EXPECT_EQ(multiply(0xFFFFFFFFU, 0xFFFFFFFFU), 0xFFFFFFFE00000001U);
  EXPECT_EQ(divide(std::uint64_t{0xFFFFFFFFFFFFFFFF}, std::uint64_t{0xFFFFFFFFFFFFFFFF}).quotient,
            1U);
  EXPECT_EQ(divide(std::uint32_t{0xFFFFFFFF}, std::uint32_t{0x80000001}).remainder, 0x7FFFFFFEU);
  EXPECT_EQ(divide(std::uint32_t{7}, std::uint32_t{0}).quotient, 0xFFFFFFFFU);
}

}  // namespace
}  // namespace otatool::firmware
