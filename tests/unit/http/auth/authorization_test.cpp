#include "otatool/http/authorization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Login login(std::string user, std::string password) {
  return {std::move(user), Secret(std::move(password))};
}

TEST(BasicAuthorization, IsBase64OfUserAndPassword) {
  EXPECT_EQ(basic_authorization(login("Aladdin", "open sesame")).reveal(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(basic_authorization(login("a", "b")).reveal(), "Basic YTpi");
  EXPECT_EQ(basic_authorization(login("a", "")).reveal(), "Basic YTo=");
  EXPECT_EQ(basic_authorization(login("a", "\xC3\xBF\xFF")).reveal(), "Basic YTrDv/8=");
}

// RFC 7616 3.9.1.
constexpr std::string_view kRfc7616Rest =
    ", realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
constexpr std::string_view kRfc7616Cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

TEST(DigestAuthorization, MatchesTheExamplesOfRfc7616) {
  const auto challenges =
      parse_challenges("Digest algorithm=MD5" + std::string(kRfc7616Rest) +
                       ",\tDigest algorithm=SHA-256" + std::string(kRfc7616Rest));
  ASSERT_THAT(challenges, SizeIs(2));
  const Login mufasa = login("Mufasa", "Circle of Life");
  const DigestRequest request{"GET", "/dir/index.html", kRfc7616Cnonce, 1};
  EXPECT_THAT(digest_authorization(challenges[0], mufasa, request),
              HasSubstr("response=\"8ca523f5e9506fed4657c9700eebdbec\""));
  const auto best = strongest(challenges);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->hash, DigestHash::Sha256);
  EXPECT_THAT(
      digest_authorization(*best, mufasa, request),
      HasSubstr("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""));
}

TEST(DigestAuthorization, MatchesTheExampleOfRfc2617) {
  const auto challenges = parse_challenges(
      "Digest realm=\"testrealm@host.com\",qop=\"auth,auth-int\","
      "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\",opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");
  ASSERT_THAT(challenges, SizeIs(1));
  EXPECT_EQ(digest_authorization(challenges[0],
                                 login("Mufasa", "Circle Of Life"),
                                 {"GET", "/dir/index.html", "0a4f113b", 1}),
            "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
            "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
            "response=\"6629fae49393a05397450978507c4ef1\", "
            "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", qop=auth, nc=00000001, "
            "cnonce=\"0a4f113b\"");
}

TEST(DigestAuthorization, SupportsTheFormWithoutQop) {
  const auto challenges = parse_challenges(
      "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"");
  const std::string answer = digest_authorization(
      challenges.at(0), login("Mufasa", "CircleOfLife"), {"GET", "/dir/index.html", "c", 1});
  EXPECT_THAT(answer, HasSubstr("response=\"1949323746fe6a43ef61f9606e7febea\""));
  EXPECT_THAT(answer, Not(HasSubstr("cnonce")));
}

TEST(DigestAuthorization, SupportsCountsAndSessions) {
  const auto challenges =
      parse_challenges("Digest realm=r, nonce=n, qop=auth, algorithm=SHA-256-sess");
  const std::string answer =
      digest_authorization(challenges.at(0), login("u", "p"), {"POST", "/update", "c", 2});
  EXPECT_THAT(
      answer,
      HasSubstr("response=\"7a54c149ac8769281b6b407dca67adcd98dd8576266a8c75373304810426dc08\""));
  EXPECT_THAT(answer, HasSubstr("nc=00000002,"));
  EXPECT_THAT(answer, HasSubstr("algorithm=SHA-256-sess,"));
}

TEST(DigestAuthorization, QuotesRepeatedValues) {
  const auto challenges = parse_challenges(R"(Digest realm="a\"b\\c", nonce="n")");
  ASSERT_THAT(challenges, SizeIs(1));
  EXPECT_EQ(challenges[0].realm, "a\"b\\c");
  EXPECT_THAT(digest_authorization(challenges[0], login("u\"x", "p"), {"GET", "/", "c", 1}),
              HasSubstr(R"(username="u\"x", realm="a\"b\\c", )"));
}

TEST(Challenges, SelectsSupportedChallenges) {
  EXPECT_THAT(parse_challenges(""), IsEmpty());
  EXPECT_THAT(parse_challenges("Negotiate abc=, Bearer realm=\"x\""), IsEmpty());
  EXPECT_THAT(parse_challenges("Digest realm=\"x\""), IsEmpty()) << "no nonce";
  EXPECT_THAT(parse_challenges("Digest nonce=n, algorithm=SHA-512-256"), IsEmpty());
  EXPECT_THAT(parse_challenges("Digest nonce=n, qop=\"auth-int\""), IsEmpty());
  EXPECT_THAT(parse_challenges("Digest nonce=\"never ends"), IsEmpty());
  const auto both = parse_challenges("basic realm=\"Login Required\", DIGEST NONCE = \"n\"");
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_EQ(both[0].scheme, AuthScheme::Basic);
  EXPECT_EQ(both[0].realm, "Login Required");
  EXPECT_EQ(strongest(both)->scheme, AuthScheme::Digest);
  EXPECT_FALSE(strongest({}));
}

TEST(Challenges, MarkAStaleNonce) {
  EXPECT_TRUE(parse_challenges("Digest nonce=n, stale=TRUE").at(0).stale);
  EXPECT_FALSE(parse_challenges("Digest nonce=n, stale=false").at(0).stale);
}

/// The example of RFC 2617 3.5.
AuthChallenge mufasa_challenge() {
  return parse_challenges(
             "Digest realm=\"testrealm@host.com\", qop=\"auth\", "
             "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
             "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"")
      .at(0);
}

bool mufasa_proves(const std::string& header,
                   const std::string& password = "Circle Of Life",
                   std::string_view method = "GET") {
  return proves_login(
      header, mufasa_challenge(), {"Mufasa", Secret(password)}, method, "/dir/index.html");
}

TEST(DigestProof, TheExampleOfTheRfcIsValidForItsRequestOnly) {
  const std::string good =
      "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
      "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, "
      "nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", "
      "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
  EXPECT_TRUE(mufasa_proves(good));
  EXPECT_FALSE(mufasa_proves(good, "Circle of Life"));
  EXPECT_FALSE(mufasa_proves(good, "Circle Of Life", "POST"));
  // A change of any byte makes the response invalid.
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(mufasa_proves(changed) && changed[i] != ' ') << changed;
    EXPECT_FALSE(mufasa_proves(good.substr(0, i))) << i;
  }
  EXPECT_FALSE(mufasa_proves(good + ", username=\"Mufasa\"")) << "twice";
  EXPECT_FALSE(mufasa_proves("Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl"));
  EXPECT_FALSE(mufasa_proves(""));
}

TEST(DigestProof, AcceptsTheClientsResponse) {
  const AuthChallenge challenge = mufasa_challenge();
  for (const std::uint32_t count : {1U, 2U, 0xFFFFFFFFU}) {
    const std::string header = digest_authorization(
        challenge, {"a \"b\"", Secret("p:w")}, {"POST", "/update?x", "c", count});
    EXPECT_TRUE(proves_login(header, challenge, {"a \"b\"", Secret("p:w")}, "POST", "/update?x"));
    EXPECT_FALSE(proves_login(header, challenge, {"a", Secret("p:w")}, "POST", "/update?x"));
    EXPECT_FALSE(proves_login(header, challenge, {"a \"b\"", Secret("p:w")}, "POST", "/update"));
  }
}

}  // namespace
}  // namespace otatool::http
