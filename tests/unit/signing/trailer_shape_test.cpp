#include "signing/trailer_shape.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace otatool::signing {
namespace {

using Der = std::vector<std::uint8_t>;

TEST(EcdsaDerSize, IsThatOfTwoPositiveNumbers) {
  EXPECT_EQ(ecdsa_der_size(Der{0x30, 6, 2, 1, 1, 2, 1, 1}), 8U);
  EXPECT_EQ(ecdsa_der_size(Der{0x30, 7, 2, 2, 0, 0x80, 2, 1, 1, 0xFF}), 9U) << "bytes follow";
  for (const Der& other : {Der{},
                           Der{0x30},
                           Der{0x30, 6, 2, 1, 1, 2, 1},
                           Der{0x31, 6, 2, 1, 1, 2, 1, 1},
                           Der{0x30, 3, 2, 1, 1},
                           Der{0x30, 6, 2, 1, 0x80, 2, 1, 1},
                           Der{0x30, 5, 2, 0, 2, 1, 1},
                           Der{0x30, 7, 2, 1, 1, 2, 1, 1, 0},
                           Der{0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1}}) {
    EXPECT_FALSE(ecdsa_der_size(other)) << ::testing::PrintToString(other);
  }
}

}  // namespace
}  // namespace otatool::signing
