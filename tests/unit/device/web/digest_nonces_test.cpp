#include "device/web/digest_nonces.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace otatool::device {
namespace {

using namespace std::chrono_literals;

class Nonces : public ::testing::Test {
 protected:
  DigestNonces nonces_;
  DigestNonces::Time now_{100h};
};

TEST_F(Nonces, ACountIsTakenOnceAndMustGrow) {
  const std::string nonce = nonces_.issue(now_);
  EXPECT_EQ(nonce.size(), 32U);
  EXPECT_TRUE(nonces_.use(nonce, 1, now_));
  EXPECT_FALSE(nonces_.use(nonce, 1, now_));
  EXPECT_TRUE(nonces_.use(nonce, 7, now_));
  EXPECT_FALSE(nonces_.use(nonce, 3, now_));
  EXPECT_TRUE(nonces_.use(nonce, 8, now_));
  EXPECT_FALSE(nonces_.use(nonces_.issue(now_), 0, now_));
}

TEST_F(Nonces, StrangersWhoGetNoncesMakeNoOtherStale) {
  const std::string nonce = nonces_.issue(now_);
  std::set<std::string> others;
  for (int i = 0; i < 10'000; ++i) {
    others.insert(nonces_.issue(now_));
  }
  EXPECT_EQ(others.size(), 10'000U);
  EXPECT_EQ(others.count(nonce), 0U);
  EXPECT_TRUE(nonces_.use(nonce, 1, now_));
}

TEST_F(Nonces, OthersThanTheIssuedOnesAreRefused) {
  const std::string nonce = nonces_.issue(now_);
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    std::string changed = nonce;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(nonces_.use(changed, 1, now_)) << i;
  }
  EXPECT_FALSE(nonces_.use("", 1, now_));
  EXPECT_FALSE(nonces_.use(nonce.substr(0, 16), 1, now_));
  DigestNonces other;
  EXPECT_FALSE(other.use(nonce, 1, now_));
}

TEST_F(Nonces, ExpireAndAreForgotten) {
  const std::string nonce = nonces_.issue(now_);
  EXPECT_TRUE(nonces_.use(nonce, 1, now_ + DigestNonces::kLifetime));
  EXPECT_FALSE(nonces_.use(nonce, 2, now_ + DigestNonces::kLifetime + 1ms));
  const std::string fresh = nonces_.issue(now_);
  nonces_.forget_all();
  EXPECT_FALSE(nonces_.use(fresh, 1, now_));
}

TEST_F(Nonces, ManyInUseNeverRepeatACount) {
  std::vector<std::string> used;
  for (std::size_t i = 0; i < 2 * DigestNonces::kMaxInUse; ++i) {
    used.push_back(nonces_.issue(now_));
    EXPECT_TRUE(nonces_.use(used.back(), 1, now_));
  }
  for (const std::string& nonce : used) {
    EXPECT_FALSE(nonces_.use(nonce, 1, now_));
  }
  EXPECT_FALSE(nonces_.use(used.front(), 2, now_));
  EXPECT_TRUE(nonces_.use(used.back(), 2, now_));
}

}  // namespace
}  // namespace otatool::device
