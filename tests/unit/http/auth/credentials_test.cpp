#include "otatool/http/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/authorization.hpp"

namespace otatool::http {
namespace {

using ::testing::HasSubstr;

bool accepts(Users& users, const std::string& user, const std::string& password) {
  const Secret login = basic_authorization({.user = user, .password = Secret(password)});
  const auto checked = users.check(login.reveal());
  const auto* const check = std::get_if<PasswordCheck>(&checked);
  if (check == nullptr) {
    return std::get<bool>(checked);
  }
  const bool matches = check->matches();
  if (matches) {
    EXPECT_TRUE(users.remember(*check));
  }
  return matches;
}

TEST(Credentials, BasicValuesAreParsed) {
  const auto login = read_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->first, "Aladdin");
  EXPECT_EQ(login->second.reveal(), "open sesame");
  EXPECT_EQ(read_basic("basic  dGVzdDoxMjPCow")->second.reveal(), "123\xC2\xA3");
  for (const char* field :
       {"", "Basic", "Basic ", "Digest x", "Basic ????", "Basic QWxhZGRpbg=="}) {
    EXPECT_FALSE(read_basic(field)) << field;
  }
}

TEST(Credentials, PlainPasswordsAreCompared) {
  auto users = Users::parse(
      "# people\n\nann:secret\r\nbob:{PLAIN}$1$dollar\ncol:a:b\n"
      "eve:{PLAIN}{SHA}x\nfay:{a b}\ngus:{}x\n");
  ASSERT_TRUE(users);
  EXPECT_TRUE(accepts(*users, "ann", "secret"));
  EXPECT_TRUE(accepts(*users, "bob", "$1$dollar"));
  EXPECT_TRUE(accepts(*users, "col", "a:b"));
  EXPECT_TRUE(accepts(*users, "eve", "{SHA}x"));
  EXPECT_TRUE(accepts(*users, "fay", "{a b}"));
  EXPECT_TRUE(accepts(*users, "gus", "{}x"));
  EXPECT_FALSE(accepts(*users, "ann", "secre"));
  EXPECT_FALSE(accepts(*users, "ann", "secret2"));
  EXPECT_FALSE(accepts(*users, "ann", ""));
  EXPECT_FALSE(accepts(*users, "dan", "secret"));
  EXPECT_FALSE(std::get<bool>(users->check("Bearer secret")));
}

TEST(Credentials, ACheckIsOfNoUseAfterTheUserHasAnotherPassword) {
  const std::string line = "ann:$5$saltsalt$";
  auto users = Users::parse(line + "one");
  auto renewed = Users::parse(line + "two");
  ASSERT_TRUE(users && renewed);
  const Secret login = basic_authorization({.user = "ann", .password = Secret("secret")});
  const auto checked = users->check(login.reveal());
  const auto& check = std::get<PasswordCheck>(checked);
  EXPECT_TRUE(users->remember(check));
  EXPECT_FALSE(renewed->remember(check));
  EXPECT_FALSE(Users::parse("bob:x")->remember(check));
}

TEST(Credentials, HashesOfOtherToolsAreSupported) {
  // openssl passwd -6 -salt saltsalt secret; openssl passwd -5 -salt saltsalt secret
  auto users = Users::parse(
      "six:$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN."
      "Pq.H91p5hVO1\nfive:$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA\n");
  ASSERT_TRUE(users) << users.error().message();
  for (const char* user : {"six", "five"}) {
    EXPECT_FALSE(accepts(*users, user, "Secret"));
    EXPECT_TRUE(accepts(*users, user, "secret"));
    EXPECT_TRUE(accepts(*users, user, "secret"));
    EXPECT_FALSE(accepts(*users, user, "other"));
  }
}

TEST(Credentials, EveryWrongPasswordOfAHashedUserNeedsItsHash) {
  auto users = Users::parse("ann:$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA\n");
  ASSERT_TRUE(users);
  const auto needs_hash = [&](const std::string& user, const std::string& password) {
    const Secret login = basic_authorization({.user = user, .password = Secret(password)});
    return std::holds_alternative<PasswordCheck>(users->check(login.reveal()));
  };
  EXPECT_TRUE(needs_hash("ann", "secret"));
  EXPECT_TRUE(needs_hash("ann", ""));
  ASSERT_TRUE(accepts(*users, "ann", "secret"));
  EXPECT_FALSE(needs_hash("ann", "secret"));
  // A remembered password makes guesses no cheaper, and an unknown user costs as much.
  EXPECT_TRUE(needs_hash("ann", "guess"));
  EXPECT_TRUE(needs_hash("ann", ""));
  EXPECT_TRUE(needs_hash("bob", "guess"));
  EXPECT_TRUE(needs_hash("bob", "secret"));
  EXPECT_FALSE(accepts(*users, "bob", "secret"));
  EXPECT_FALSE(accepts(*users, "bob", "secret"));
}

TEST(Credentials, AnUnknownUserHasAlwaysTheCostOfTheSameUser) {
  auto users =
      Users::parse("ann:$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA\nbob:plain\n");
  ASSERT_TRUE(users);
  std::size_t hashed = 0;
  for (int i = 0; i < 100; ++i) {
    const Secret login =
        basic_authorization({.user = "user " + std::to_string(i), .password = Secret("plain")});
    const auto first = users->check(login.reveal());
    EXPECT_EQ(first.index(), users->check(login.reveal()).index());
    hashed += std::holds_alternative<PasswordCheck>(first) ? 1 : 0;
    if (const auto* const denied = std::get_if<bool>(&first)) {
      EXPECT_FALSE(*denied);
    }
  }
  EXPECT_GT(hashed, 20U);
  EXPECT_LT(hashed, 80U);
}

TEST(Credentials, ErrorsNameTheirLine) {
  for (const char* text : {"ann:x\nbob\n",
                           "ann:x\n:secret\n",
                           "ann:x\nbob:\n",
                           "ann:x\nbob:{PLAIN}\n",
                           "ann:x\nbob:$nonsense\n",
                           // htpasswd -s and -m
                           "ann:x\nbob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n",
                           "ann:x\nbob:{ssha512}nonsense\n",
                           "ann:x\nbob:$apr1$saltsalt$qTBjK7O3ftSDrY8OCcxlN/\n"}) {
    const auto users = Users::parse(text);
    ASSERT_FALSE(users) << text;
    EXPECT_THAT(users.error().message(), HasSubstr("line 2"));
    EXPECT_EQ(users.error().message().find("nonsense"), std::string::npos);
  }
  EXPECT_FALSE(Users::parse("# nobody\n"));
}

}  // namespace
}  // namespace otatool::http
