#include "cli/frame/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CommandLine command_line(const std::vector<std::string>& words) {
  auto line = parse_command_line(words);
  EXPECT_TRUE(line) << line.error().error.message();
  return line.value_or(CommandLine{});
}

HintedError refused_line(const std::vector<std::string>& words) {
  auto line = parse_command_line(words);
  EXPECT_FALSE(line);
  return line ? HintedError{Error(Errc::Internal, "was accepted"), ""} : line.error();
}

TEST(Options, FindsCommandAndArguments) {
  const CommandLine line = command_line({"help", "version"});
  ASSERT_NE(line.command, nullptr);
  EXPECT_EQ(line.command->name, "help");
  EXPECT_THAT(line.arguments, ElementsAre("version"));
  EXPECT_THAT(line.values, IsEmpty());
}

TEST(Options, AcceptsGlobalOptionsBeforeAndAfterTheCommand) {
  const CommandLine line = command_line({"--color", "never", "-v", "help", "--json", "-v"});
  EXPECT_EQ(line.command->name, "help");
  EXPECT_THAT(line.values.at("color"), ElementsAre("never"));
  EXPECT_EQ(line.values.at("verbose").size(), 2U);
  EXPECT_TRUE(line.values.contains("json"));
  EXPECT_THAT(line.arguments, IsEmpty());
}

TEST(Options, CountsLettersInOneWord) {
  EXPECT_EQ(command_line({"help", "-vv"}).values.at("verbose").size(), 2U);
  EXPECT_EQ(command_line({"-vqv", "help"}).values.at("verbose").size(), 2U);
}

TEST(Options, AcceptsAllSpellingsOfAValue) {
  EXPECT_THAT(command_line({"--color=never", "help"}).values.at("color"), ElementsAre("never"));
  EXPECT_THAT(command_line({"help", "--color", "never"}).values.at("color"), ElementsAre("never"));
}

TEST(Options, AcceptsALineWithoutCommand) {
  EXPECT_EQ(command_line({}).command, nullptr);
  EXPECT_EQ(command_line({"--version"}).command, nullptr);
  EXPECT_TRUE(command_line({"--version"}).values.contains("version"));
}

TEST(Options, TwoDashesEndTheOptions) {
  EXPECT_THAT(command_line({"help", "--", "--json"}).arguments, ElementsAre("--json"));
  EXPECT_THAT(command_line({"help", "-"}).arguments, ElementsAre("-"));
  EXPECT_EQ(command_line({"--", "help"}).command->name, "help");
}

TEST(Options, RefusesAnAbbreviationAndSuggestsTheName) {
  const HintedError refusal = refused_line({"help", "--js"});
  EXPECT_EQ(refusal.error, Error(Errc::Usage, "unknown option '--js' of 'help'"));
  EXPECT_THAT(refused_line({"help", "--jso"}).hint, HasSubstr("--json"));
  EXPECT_THAT(refused_line({"help", "--qiet"}).hint, HasSubstr("--quiet"));
  EXPECT_THAT(refused_line({"--qiet", "help"}).hint, HasSubstr("--quiet"));
}

TEST(Options, RefusesUnknownCommands) {
  EXPECT_EQ(refused_line({"hepl"}).error, Error(Errc::Usage, "unknown command 'hepl'"));
  EXPECT_EQ(refused_line({"hepl"}).hint, "did you mean 'help'?");
  EXPECT_EQ(refused_line({"frobnicate"}).hint, "'otatool help' lists the commands");
}

TEST(Options, RefusesUnknownLetters) {
  EXPECT_THAT(refused_line({"help", "-x"}).error.message(), HasSubstr("'-x'"));
}

TEST(Options, RefusesASecondValue) {
  EXPECT_EQ(refused_line({"--color=auto", "help", "--color=never"}).error,
            Error(Errc::Usage, "option '--color' is given twice"));
  EXPECT_EQ(refused_line({"--json", "help", "--json"}).error.code(), Errc::Usage);
}

TEST(Options, RefusesAMissingAndASuperfluousValue) {
  EXPECT_EQ(refused_line({"help", "--color"}).error.message(),
            "option '--color' needs a value (auto|always|never)");
  EXPECT_EQ(refused_line({"--color"}).error.message(),
            "option '--color' needs a value (auto|always|never)");
  EXPECT_EQ(refused_line({"help", "--json=yes"}).error.message(), "option '--json' takes no value");
}

TEST(Options, CountsArguments) {
  const Command command = {.name = "push",
                           .summary = "",
                           .arguments = "IMAGE URL",
                           .min_arguments = 2,
                           .max_arguments = 2};
  using WordList = std::vector<std::string>;
  EXPECT_TRUE(check_argument_count(command, WordList{"a", "b"}));
  EXPECT_EQ(check_argument_count(command, WordList{}).error().message(),
            "'push' needs IMAGE URL, but nothing is given");
  EXPECT_EQ(check_argument_count(command, WordList{"a"}).error().message(),
            "'push' needs IMAGE URL, but only 'a' is given");
  EXPECT_EQ(check_argument_count(command, WordList{"a", "b", "c"}).error().message(),
            "'push' takes no argument 'c'");
}

TEST(Options, RecognisesPathsAndChoices) {
  EXPECT_TRUE(takes_path({.name = "x", .value = "FILE"}));
  EXPECT_TRUE(takes_path({.name = "x", .value = "KEY"}));
  EXPECT_FALSE(takes_path({.name = "x", .value = "N"}));
  EXPECT_FALSE(takes_path({.name = "x"}));
  EXPECT_THAT(choices_of({.name = "x", .value = "auto|sha256|md5"}),
              ElementsAre("auto", "sha256", "md5"));
  EXPECT_THAT(choices_of({.name = "x", .value = "N|A-B"}), IsEmpty());
  EXPECT_THAT(choices_of({.name = "x"}), IsEmpty());
}

}  // namespace
}  // namespace otatool::cli
