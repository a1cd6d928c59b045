#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/http/authorization.hpp"
#include "otatool/http/operations.hpp"
#include "otatool/http/site.hpp"

#include "http/auth/form_token.hpp"
#include "tests/support/whole_text.hpp"

namespace otatool::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class NoFiles final : public Library {
 public:
  [[nodiscard]] std::shared_ptr<const Catalogue> catalogue() override {
    return std::make_shared<Catalogue>();
  }
  [[nodiscard]] std::shared_ptr<const ServedFile> file(const std::string& /*path*/) override {
    return nullptr;
  }
};

/// A server with a rollout `lamps` of 2.0.0 and the administrators ann and bob.
class Admin : public ::testing::Test {
 protected:
  Admin() {
    options_.admins = *Users::parse("ann:secret\nbob:other");
    options_.form_key = Secret("key");
    use_version("2.0.0");
  }
  void use_version(const std::string& version) {
    Catalogue catalogue;
    catalogue.rules.emplace_back().manifest.version = version;
    catalogue.rules.back().manifest.name = "lamps";
    catalogue.rules.back().manifest.plan.emplace().stages = {10, 100};
    operations_.on_catalogue(catalogue);
  }
  Response ask(std::string_view method, std::string_view target, std::string_view body = "") {
    Site site(options_, library_, operations_);
    const Secret authorization = basic_authorization({.user = user_, .password = Secret("secret")});
    const std::vector<HeaderField> fields = {{"Authorization", authorization.reveal()}};
    const Request request{.method = method, .target = target, .fields = fields, .body = body};
    const Guard guard = site.guard_of(request);
    LoginResult login;
    if (guard.users != nullptr) {
      const auto checked = guard.users->check(authorization.reveal());
      login.outcome =
          std::get<bool>(checked) ? LoginResult::Outcome::Accepted : LoginResult::Outcome::Wrong;
    }
    return site.respond(request, login);
  }
  Response send(const char* action, const std::string& token, const char* version = "2.0.0") {
    return ask("POST",
               "/admin/rollout",
               fmt::format("rule=lamps&version={}&action={}&token={}", version, action, token));
  }
  [[nodiscard]] std::string token(const char* user = "ann", const char* version = "2.0.0") const {
    return form_token(options_.form_key, {.user = user, .rule = "lamps", .version = version}, kNow);
  }
  [[nodiscard]] fleet::Phase phase() const { return operations_.fleet().rollout("lamps")->phase; }

  static constexpr std::int64_t kNow = 86400 * 20'000 + 10;
  std::string user_ = "ann";
  SiteOptions options_;
  NoFiles library_;
  Operations operations_{kNow};
};

TEST_F(Admin, AFormOfThePageChangesARollout) {
  const Response page = ask("GET", "/admin");
  ASSERT_EQ(page.status, 200U);
  const std::string text = test::whole_text(*page.pieces);
  EXPECT_THAT(text, HasSubstr("<form method=\"post\" action=\"admin/rollout\""));
  EXPECT_THAT(text, HasSubstr("value=\"" + token() + "\""));
  EXPECT_THAT(text, HasSubstr("value=\"resume\" data-phases=\"paused halted\" disabled>"));
  const Response paused = send("pause", token());
  EXPECT_EQ(paused.status, 303U);
  EXPECT_EQ(phase(), fleet::Phase::Paused);
  EXPECT_EQ(operations_.fleet().rollout("lamps")->reason, "by ann");
  const auto history = operations_.fleet().take_changes(10).history;
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0].user, "ann");
  EXPECT_EQ(history[0].kind, "pause");
  EXPECT_EQ(history[0].time, kNow);
  EXPECT_EQ(send("resume", token()).status, 303U);
  EXPECT_EQ(phase(), fleet::Phase::Running);
  EXPECT_EQ(send("advance", token()).status, 303U);
  EXPECT_EQ(operations_.fleet().rollout("lamps")->percent, 100U);
  EXPECT_EQ(send("retry", token()).status, 303U);
  EXPECT_EQ(operations_.fleet().rollout("lamps")->attempt, 1U);
}

TEST_F(Admin, AForgedFormChangesNothing) {
  options_.form_key = Secret("other key");
  const std::string other_key = token();
  options_.form_key = Secret("key");
  std::string changed = token();
  changed.back() = changed.back() == '0' ? '1' : '0';
  const std::string old = form_token(
      options_.form_key, {.user = "ann", .rule = "lamps", .version = "2.0.0"}, kNow - 2 * 86400);
  for (const std::string& forged : {std::string(),
                                    std::string("x"),
                                    changed,
                                    other_key,
                                    token("bob"),
                                    token("ann", "1"),
                                    old}) {
    EXPECT_EQ(send("pause", forged).status, 403U) << forged;
    EXPECT_EQ(phase(), fleet::Phase::Running);
  }
  EXPECT_EQ(ask("POST", "/admin/rollout").status, 403U);
  EXPECT_TRUE(operations_.fleet().take_changes(10).history.empty());
  user_ = "bob";
  EXPECT_EQ(send("pause", token()).status, 401U);  // bob has another password
  EXPECT_EQ(phase(), fleet::Phase::Running);
}

TEST_F(Admin, TheEventsHaveTheFormsOfNewRollouts) {
  const Response events = ask("GET", "/admin/events");
  ASSERT_TRUE(events.feed);
  EXPECT_THAT(test::whole_text(*events.feed->next()), HasSubstr(token()));
  use_version("3.0.0");
  EXPECT_THAT(test::whole_text(*events.feed->next()), HasSubstr(token("ann", "3.0.0")));
  user_ = "bob";  // who has another password
  EXPECT_EQ(ask("GET", "/admin/events").status, 401U);
}

TEST_F(Admin, ATokenOfYesterdayIsValid) {
  const std::string yesterday = form_token(
      options_.form_key, {.user = "ann", .rule = "lamps", .version = "2.0.0"}, kNow - 86400);
  EXPECT_EQ(send("pause", yesterday).status, 303U);
}

TEST_F(Admin, WhatARolloutDoesNotAllowIsTold) {
  EXPECT_EQ(send("pause", token()).status, 303U);
  const Response refused = send("advance", token());
  EXPECT_EQ(refused.status, 409U);
  EXPECT_THAT(refused.text, HasSubstr("paused, not running"));
  EXPECT_EQ(send("explode", token()).status, 400U);
  use_version("3.0.0");
  EXPECT_EQ(send("resume", token()).status, 409U);
}

TEST_F(Admin, OthersHaveNoPageThatChangesAnything) {
  user_ = "eve";
  EXPECT_EQ(ask("GET", "/admin").status, 401U);
  EXPECT_EQ(send("pause", token("eve")).status, 401U);
  EXPECT_EQ(ask("GET", "/status").status, 200U);
  user_ = "ann";
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
    EXPECT_EQ(ask(method, "/admin/rollout").status, 405U) << method;
  }
  EXPECT_EQ(ask("POST", "/admin").status, 405U);
  EXPECT_EQ(ask("POST", "/status").status, 405U);
  const std::string page = test::whole_text(*ask("GET", "/status").pieces);
  EXPECT_THAT(page, HasSubstr("href=\"admin\""));
  EXPECT_THAT(page, Not(HasSubstr("<form method=\"post\"")));
}

TEST_F(Admin, WithoutAdministratorsNothingCanBeChanged) {
  const std::string valid = token();
  options_.admins.reset();
  EXPECT_EQ(ask("GET", "/admin").status, 404U);
  EXPECT_EQ(ask("GET", "/admin/rollout").status, 404U);
  EXPECT_EQ(send("pause", valid).status, 405U);
  EXPECT_EQ(phase(), fleet::Phase::Running);
  EXPECT_THAT(test::whole_text(*ask("GET", "/status").pieces), Not(HasSubstr("admin")));
}

TEST_F(Admin, WithASocketForTheReportsThePageIsThere) {
  options_.separate_status = true;
  EXPECT_EQ(ask("GET", "/admin").status, 404U);
  EXPECT_EQ(send("pause", token()).status, 405U);
  EXPECT_EQ(phase(), fleet::Phase::Running);
}

TEST(FormToken, IsAnHmac) {
  // printf '20000 1:u 1:r 1:v' | openssl dgst -sha256 -hmac "$(printf k | sha256sum | cut -c-64)"
  EXPECT_EQ(form_token(Secret("k"), {.user = "u", .rule = "r", .version = "v"}, 86400 * 20'000),
            "c0f07fbdfb1fe866bd0ea2e843f186df6ab55954ba02ce88d452c98d98895cec");
}

TEST(FormToken, KeepsItsPartsApart) {
  const auto token = [](const char* user, const char* rule) {
    return form_token(Secret("k"), {.user = user, .rule = rule, .version = ""}, 0);
  };
  EXPECT_NE(token("a", "bc"), token("ab", "c"));
  EXPECT_NE(token("a 1:b", "c"), token("a", "b 1:c"));
}

}  // namespace
}  // namespace otatool::http
