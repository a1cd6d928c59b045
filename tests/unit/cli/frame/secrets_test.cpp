#include "cli/frame/secrets.hpp"

#include <csignal>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/io/messages.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    unsetenv("OTATOOL_PASSWORD");
    unsetenv("OTATOOL_KEY_PASSPHRASE");
  }
  void TearDown() override { SetUp(); }

  Result<std::string> password_of(OptionValues values, OptionSources sources = {}) {
    Invocation invocation(std::move(values), std::move(sources), {}, messages_);
    auto secret = given_password(invocation);
    if (!secret) {
      return fail(secret.error());
    }
    return *secret ? std::string((*secret)->reveal()) : "nothing";
  }
  std::string file(std::string_view content) { return folder_.write("secret", content); }

  test::TemporaryFolder folder_;
  Messages messages_{MessageOptions{.quiet = true}};
};

TEST_F(SecretsTest, MayBeAbsent) {
  EXPECT_EQ(password_of({}), "nothing");
}

TEST_F(SecretsTest, ComeFromAFile) {
  EXPECT_EQ(password_of({{"password-file", {file("from file\nsecond line\n")}}}), "from file");
  EXPECT_EQ(password_of({{"password-file", {file("no newline")}}}), "no newline");
  EXPECT_EQ(password_of({{"password-file", {file("dos\r\n")}}}), "dos");
  EXPECT_EQ(password_of({{"password-file", {file(" blanks stay \n")}}}), " blanks stay ");
}

TEST_F(SecretsTest, AByteOrderMarkIsSkipped) {
  EXPECT_EQ(password_of({{"password-file", {file("\xEF\xBB\xBFnotepad\r\n")}}}), "notepad");
  EXPECT_EQ(password_of({{"password-file", {file("a\xEF\xBB\xBF\n")}}}), "a\xEF\xBB\xBF");
  EXPECT_FALSE(password_of({{"password-file", {file("\xEF\xBB\xBF\n")}}}));
}

TEST_F(SecretsTest, FilesWithoutASecretAreRefused) {
  for (const std::string_view content : {std::string_view(""),
                                         std::string_view("\nsecond"),
                                         std::string_view("\r\n"),
                                         std::string_view("a\0b\n", 4)}) {
    const auto password = password_of({{"password-file", {file(content)}}});
    ASSERT_FALSE(password);
    EXPECT_EQ(password.error().code(), Errc::FileUnreadable);
  }
  EXPECT_THAT(password_of({{"password-file", {"/nonexistent"}}}).error().message(),
              HasSubstr("'/nonexistent': no such file"));
}

TEST_F(SecretsTest, AVeryLongLineIsRefusedWithoutReadingTheRest) {
  const auto password = password_of({{"password-file", {"/dev/zero"}}});
  ASSERT_FALSE(password);
  EXPECT_EQ(password.error().code(), Errc::FileUnreadable);
}

TEST_F(SecretsTest, ComeFromTheEnvironment) {
  setenv("OTATOOL_PASSWORD", "from variable", 1);
  EXPECT_EQ(password_of({}), "from variable");
  setenv("OTATOOL_PASSWORD", "", 1);
  EXPECT_EQ(password_of({}), "nothing") << "an empty variable is no password";
}

TEST_F(SecretsTest, TheCommandLinePrecedesTheEnvironmentAndThatTheFile) {
  setenv("OTATOOL_PASSWORD", "from variable", 1);
  EXPECT_EQ(password_of({{"password-file", {file("from file")}}}), "from file");
  EXPECT_EQ(password_of({{"password", {"from text"}}}), "from text");
  const OptionSources configured = {{"password-file", {Origin::ProjectFile, "otatool.toml:2"}}};
  EXPECT_EQ(password_of({{"password-file", {file("from file")}}}, configured), "from variable");
  const OptionSources variable = {
      {"password-file", {Origin::Environment, "OTATOOL_PASSWORD_FILE"}}};
  EXPECT_EQ(password_of({{"password-file", {file("from file")}}}, variable), "from file");
  unsetenv("OTATOOL_PASSWORD");
  EXPECT_EQ(password_of({{"password-file", {file("from file")}}}, configured), "from file");
  EXPECT_EQ(
      password_of({{"password-file", {file("from file")}}, {"password", {"text"}}}, configured),
      "text");
}

TEST_F(SecretsTest, TwoSourcesOnTheCommandLineAreRefused) {
  const auto password =
      password_of({{"password-file", {file("from file")}}, {"password", {"from text"}}});
  ASSERT_FALSE(password);
  EXPECT_EQ(password.error().code(), Errc::Usage);
  EXPECT_THAT(password.error().message(), Not(HasSubstr("from")));
}

TEST_F(SecretsTest, PassphrasesHaveTheirOwnSources) {
  setenv("OTATOOL_PASSWORD", "not this one", 1);
  setenv("OTATOOL_KEY_PASSPHRASE", "this one", 1);
  Invocation invocation({}, {}, messages_);
  EXPECT_EQ(given_passphrase(invocation).value()->reveal(), "this one");
  Invocation with_file({{"passphrase-file", {file("from file\n")}}}, {}, messages_);
  EXPECT_EQ(given_passphrase(with_file).value()->reveal(), "from file");
}

TEST(Prompt, NeedsATerminal) {
  const test::Outcome outcome = test::run({.program = PROMPT_PROBE, .input = "s3cret\n"});
  EXPECT_EQ(outcome.output, "password-needed\n");
  EXPECT_EQ(outcome.error, "");
}

TEST(Prompt, ShowsTheQuestionButNotTheAnswer) {
  test::Process probe({.program = PROMPT_PROBE, .streams = test::Streams::Terminal});
  ASSERT_TRUE(probe.wait_for_output("password of kitchen: "));
  probe.write_input("s3cret\n");
  const test::Outcome outcome = probe.wait();
  EXPECT_EQ(outcome.output, "password of kitchen: \r\n[s3cret]\r\n");
}

TEST(Prompt, EndsWithASignalAndRestoresTheEcho) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    test::Process probe({.program = PROMPT_PROBE, .streams = test::Streams::Terminal});
    ASSERT_TRUE(probe.wait_for_output("password of kitchen: "));
    probe.send_signal(signal);
    const test::Outcome outcome = probe.wait();
    EXPECT_EQ(outcome.output, "password of kitchen: \r\ninterrupted\r\n");
    EXPECT_EQ(outcome.exit_code, 1);
  }
}

TEST(Prompt, EndsWithTheInput) {
  test::Process probe({.program = PROMPT_PROBE, .streams = test::Streams::Terminal});
  ASSERT_TRUE(probe.wait_for_output("password of kitchen: "));
  probe.write_input("\x04");
  EXPECT_EQ(probe.wait().output, "password of kitchen: \r\npassword-needed\r\n");
}

}  // namespace
}  // namespace otatool::cli
