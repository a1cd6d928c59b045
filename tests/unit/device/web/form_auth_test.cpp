#include "device/web/form_auth.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::device {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Login = FormAuth::Login;

FormOptions options(bool digest) {
  return {.port = 0, .user = "me", .digest = digest};
}

class DigestForm : public ::testing::Test {
 protected:
  http::AuthChallenge challenge(Login login = Login::Missing) {
    const std::string refusal = auth_.refuse(login, now_);
    const auto from = refusal.find("Digest ");
    return http::parse_challenges(refusal.substr(from, refusal.find("\r\n", from) - from)).at(0);
  }
  static std::string response(const http::AuthChallenge& challenge,
                              const std::string& password,
                              std::uint32_t count = 1,
                              const std::string& method = "POST") {
    return http::digest_authorization(
        challenge, {"me", Secret(password)}, {method, "/update", "c0ffee", count});
  }
  Login judge(const std::string& authorization) {
    return auth_.judge(authorization, "POST", "/update", now_);
  }

  FormAuth auth_{options(true), Secret("secret")};
  DigestNonces::Time now_{std::chrono::hours(10)};
};

TEST_F(DigestForm, TakesAResponseOnce) {
  const auto asked = challenge();
  EXPECT_EQ(judge(response(asked, "secret")), Login::Accepted);
  EXPECT_EQ(judge(response(asked, "secret")), Login::Stale);
  EXPECT_EQ(judge(response(asked, "secret", 2)), Login::Accepted);
  EXPECT_EQ(judge(response(asked, "secret", 1)), Login::Stale);
}

TEST_F(DigestForm, ARestartMakesEarlierResponsesStale) {
  const auto asked = challenge();
  auth_.restart();
  EXPECT_EQ(judge(response(asked, "secret")), Login::Stale);
  EXPECT_TRUE(challenge(Login::Stale).stale);
  EXPECT_FALSE(challenge(Login::Wrong).stale);
}

TEST_F(DigestForm, AStrangersRequestsLogNobodyOut) {
  const auto asked = challenge();
  EXPECT_EQ(judge(response(asked, "secret")), Login::Accepted);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_NE(challenge().nonce, asked.nonce);
    EXPECT_EQ(judge(response(asked, "guess", 5)), Login::Wrong);
  }
  EXPECT_EQ(judge(response(asked, "secret", 2)), Login::Accepted);
}

TEST_F(DigestForm, DistinguishesWrongFromMissing) {
  EXPECT_EQ(judge(""), Login::Missing);
  EXPECT_EQ(judge("Basic bWU6c2VjcmV0"), Login::Missing);
  EXPECT_EQ(judge("Digest nonsense"), Login::Missing);
  EXPECT_EQ(judge(response(challenge(), "wrong")), Login::Wrong);
  EXPECT_EQ(judge(response(challenge(), "secret", 1, "GET")), Login::Wrong);
}

TEST(BasicForm, ComparesTheWholeValue) {
  FormAuth auth(options(false), Secret("secret"));
  const auto judge = [&auth](const std::string& value) {
    return auth.judge(value, "POST", "/update", {});
  };
  EXPECT_EQ(judge("Basic bWU6c2VjcmV0"), Login::Accepted);
  EXPECT_EQ(judge("Basic bWU6c2VjcmV0"), Login::Accepted);
  EXPECT_EQ(judge("Basic bWU6c2VjcmV1"), Login::Wrong);
  EXPECT_EQ(judge("Basic bWU6c2VjcmV0 "), Login::Wrong);
  EXPECT_EQ(judge("Basic bWU6c2VjcmV"), Login::Wrong);
  EXPECT_EQ(judge(""), Login::Missing);
  EXPECT_THAT(auth.refuse(Login::Wrong, {}), HasSubstr("Basic realm=\"Login Required\""));
  FormAuth open(options(false), Secret());
  EXPECT_EQ(open.judge("", "POST", "/update", {}), Login::Accepted);
}

}  // namespace
}  // namespace otatool::device
