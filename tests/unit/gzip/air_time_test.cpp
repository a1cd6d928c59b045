#include "otatool/gzip/air_time.hpp"

#include <gtest/gtest.h>

namespace otatool::gzip {
namespace {

TEST(AirTime, IsTheMeasuredOneOfARealImage) {
  // signing-gzip-images.md 6: 889,824 bytes take 44.5, 22.2 and 11.1 s.
  EXPECT_NEAR(time_on_air(889824, kAirRates[0]).count(), 44.5, 0.05);
  EXPECT_NEAR(time_on_air(889824, kAirRates[1]).count(), 22.2, 0.05);
  EXPECT_NEAR(time_on_air(889824, kAirRates[2]).count(), 11.1, 0.05);
  EXPECT_EQ(time_on_air(0, kAirRates[0]).count(), 0.0);
}

}  // namespace
}  // namespace otatool::gzip
