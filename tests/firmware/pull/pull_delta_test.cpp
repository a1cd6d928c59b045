// Difference updates by the pull client (delta.md 4).
#include <string>

#include <gtest/gtest.h>

#include "tests/firmware/pull/pull_fixture.hpp"
#include "tests/firmware/support/patches.hpp"

namespace otatool::firmware::testing {
namespace {

class PullDelta : public ::testing::Test {
 protected:
  PullDelta() { new_[3'000] ^= 0x55U; }
  bool asks_for_patches() const {
    return device_.link.stream.find("x-otatool-delta: ") != std::string::npos;
  }

  PullingDevice device_{true};
  Image new_ = device_.running;
  Image patch_ = patch_from(device_.running, new_);
};

TEST_F(PullDelta, AppliesThePatch) {
  new_.insert(new_.begin() + 1'000, 500, std::uint8_t{7});
  device_.pull_and_close(response_with(patch_from(device_.running, new_)), 100);
  EXPECT_TRUE(asks_for_patches());
  EXPECT_EQ(device_.client.result(), PullResult::Updated);
  EXPECT_EQ(device_.restart.count, 1);
  EXPECT_EQ(device_.installed(), new_);
}

TEST_F(PullDelta, TakesAnImageInstead) {
  device_.pull_and_close(response_with(new_));
  EXPECT_EQ(device_.installed(), new_);
}

TEST_F(PullDelta, AsksForAnImageAfterAPatchThatWasRefused) {
  Image other = device_.running;
  other[100] ^= 1U;
  device_.pull(response_with(patch_from(other, new_)));
  EXPECT_EQ(device_.client.error(), UpdateError::PatchBase);
  device_.pull_and_close(response_with(new_));
  EXPECT_FALSE(asks_for_patches());
  EXPECT_EQ(device_.installed(), new_);
}

TEST_F(PullDelta, AsksForAnImageAfterAPatchThatDidNotArriveWhole) {
  device_.pull_and_close(header_for(patch_) + text_of(patch_).substr(0, 1));
  EXPECT_EQ(device_.client.result(), PullResult::Cut);
  device_.pull("");
  EXPECT_FALSE(asks_for_patches());
}

TEST_F(PullDelta, AsksForAPatchAgainAfterAnImageThatWasRefused) {
  device_.pull_and_close(header_for(new_) + text_of(new_).substr(0, 100));
  device_.pull("HTTP/1.0 404 x\r\n\r\n");
  device_.client.on_closed(device_.now);
  device_.pull("");
  EXPECT_TRUE(asks_for_patches());
}

}  // namespace
}  // namespace otatool::firmware::testing
