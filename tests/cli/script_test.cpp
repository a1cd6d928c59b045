// Runs each *.txt file of this folder as a test, and tests that the runner itself detects mistakes.
#include "tests/cli/script.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/script_runner.hpp"

namespace otatool::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> scripts() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(SCRIPT_FOLDER)) {
    const std::filesystem::path name = entry.path().filename();
    if (name.extension() == ".txt" && name != "CMakeLists.txt") {
      found.push_back(name.stem().string());
    }
  }
  std::ranges::sort(found);
  return found;
}

class CliScript : public ::testing::TestWithParam<std::string> {};

TEST_P(CliScript, Holds) {
  const std::string name = GetParam() + ".txt";
  std::ifstream file(std::filesystem::path(SCRIPT_FOLDER) / name);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const std::string& complaint : ScriptRunner::run(text)) {
    ADD_FAILURE() << name << ", " << complaint;
  }
}

std::string name_of(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace_if(
      name, [](char letter) { return std::isalnum(static_cast<unsigned char>(letter)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, CliScript, ::testing::ValuesIn(scripts()), name_of);

TEST(ScriptRunner, AcceptsStatementsThatHold) {
  EXPECT_THAT(ScriptRunner::run("shell echo out; echo err >&2; exit 3\nexit 3\n"
                                "stdout\n| out\nstderr has rr\nstderr lacks out\n"),
              IsEmpty());
}

TEST(ScriptRunner, ReportsStatementsThatDoNotHold) {
  EXPECT_THAT(ScriptRunner::run("shell exit 3\nexit 0\n"), ElementsAre(HasSubstr("code is 3")));
  EXPECT_THAT(ScriptRunner::run("shell true\n"), ElementsAre(HasSubstr("no exit code")));
  EXPECT_THAT(ScriptRunner::run("shell echo x\nexit 0\n"), ElementsAre(HasSubstr("stdout is")));
  EXPECT_THAT(ScriptRunner::run("shell echo x >&2\nexit 0\n"), ElementsAre(HasSubstr("stderr is")));
  EXPECT_THAT(ScriptRunner::run("shell echo x\nexit 0\nstdout\n| y\n"),
              ElementsAre(HasSubstr("stdout is")));
  EXPECT_THAT(ScriptRunner::run("shell echo x\nexit 0\nstdout has y\n"),
              ElementsAre(HasSubstr("stdout is")));
  EXPECT_THAT(ScriptRunner::run("shell echo x\nexit 0\nstdout lacks x\n"),
              ElementsAre(HasSubstr("stdout is")));
  EXPECT_THAT(ScriptRunner::run("shell echo '{\"a\":1}'\nexit 0\nstdout json /a 2\n"),
              ElementsAre(HasSubstr("stdout is")));
  EXPECT_THAT(ScriptRunner::run("shell echo x\nexit 0\nstdout json /a 2\n"),
              ElementsAre(HasSubstr("not JSON")));
  EXPECT_THAT(ScriptRunner::run("shell touch a\nexit 0\nleft b\n"),
              ElementsAre(HasSubstr("files are: a")));
}

TEST(ScriptRunner, RefusesUnknownStatements) {
  EXPECT_THROW(static_cast<void>(ScriptRunner::run("frobnicate\n")), std::runtime_error);
  EXPECT_THROW(static_cast<void>(ScriptRunner::run("exit 0\n")), std::runtime_error);
  EXPECT_THROW(static_cast<void>(ScriptRunner::run("| text\n")), std::runtime_error);
  EXPECT_THROW(static_cast<void>(ScriptRunner::run("shell true\nexit 0\nstdout is x\n")),
               std::runtime_error);
}

TEST(ScriptWords, StayTogetherInQuotes) {
  EXPECT_THAT(split_words("a 'b c'  d'e f'"), ElementsAre("a", "b c", "de f"));
  EXPECT_THAT(split_words("''"), ElementsAre(""));
  EXPECT_THAT(split_words(""), IsEmpty());
}

}  // namespace
}  // namespace otatool::test
