#include "cli/frame/help.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/frame/command_table.hpp"
#include "cli/frame/options.hpp"
#include "cli/io/cell_width.hpp"

namespace otatool::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::array kWidths = {kNarrowestHelp, std::size_t{80}, kWidestHelp};

void expect_fits(const std::string& text, std::size_t width) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool is_one_word = line.find(' ', line.find_first_not_of(' ')) == std::string::npos;
    EXPECT_TRUE(is_one_word || cell_width(line) <= width) << line;
    EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
  }
}

void expect_sentence(std::string_view text) {
  ASSERT_FALSE(text.empty());
  EXPECT_FALSE(text.ends_with('.')) << text;
  EXPECT_EQ(text.find('\n'), std::string_view::npos) << text;
}

/// Words up to the first operator of the shell.
std::vector<std::string> words_of(std::string_view command) {
  std::istringstream stream{std::string(command)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) {
    if (word.find_first_of("<>|&;$(") != std::string::npos) {
      break;
    }
    words.push_back(word);
  }
  return words;
}

TEST(Help, FitsTheTerminal) {
  for (const std::size_t width : kWidths) {
    expect_fits(command_list(width), width);
    expect_fits(overview(width), width);
    for (const Command* command : command_table()) {
      expect_fits(help_of(*command, width), width);
    }
  }
}

TEST(Help, ListsTheCommandsInGroups) {
  for (const std::string& text : {command_list(80), overview(80)}) {
    std::size_t place = 0;
    for (const Command* command : command_table()) {
      const auto group = std::ranges::find(command_groups(), command->name, &Group::first);
      if (group != command_groups().end()) {
        place = text.find(std::string("\n\n") + std::string(group->heading) + ":\n", place);
        ASSERT_NE(place, std::string::npos) << group->heading;
      }
      place = text.find("\n  " + std::string(command->name) + " ", place);
      ASSERT_NE(place, std::string::npos) << command->name;
    }
  }
}

TEST(Help, EachGroupHasAFirstOption) {
  for (const Command* command : command_table()) {
    for (const Group& group : command->option_groups) {
      EXPECT_EQ(std::ranges::count(command->options, group.first, &Option::name), 1) << group.first;
    }
    if (!command->option_groups.empty()) {
      EXPECT_EQ(command->options.front().name, command->option_groups.front().first);
    }
  }
}

TEST(Help, BreaksExamplesForTheShell) {
  const std::array examples = {Example{"otatool test --match 'a b' firmware.bin kitchen",
                                       "one two three four five six seven"}};
  const Command command = {.name = "test", .summary = "test", .examples = examples};
  EXPECT_THAT(help_of(command, 40),
              HasSubstr("  # one two three four five six seven\n"
                        "  otatool test --match 'a b' \\\n"
                        "      firmware.bin kitchen\n"));
}

TEST(Help, BreaksLongTextsAtBlanks) {
  const std::string text = [] {
    std::string words = "a";
    for (int i = 0; i < 60; ++i) {
      words += " word";
    }
    return words;
  }();
  const std::array options = {
      Option{.name = "an-option-with-a-rather-long-name", .value = "FILE", .help = text},
      Option{.name = "short", .help = text}};
  const Command command = {
      .name = "test", .summary = text, .arguments = "IMAGE", .options = options};
  for (const std::size_t width : kWidths) {
    const std::string help = help_of(command, width);
    expect_fits(help, width);
    EXPECT_THAT(help, HasSubstr("--short"));
  }
}

TEST(Help, ShowsExamplesFirst) {
  for (const Command* command : command_table()) {
    if (command->raw_arguments) {
      continue;  // answers --help in the words of the tool it stands in for
    }
    EXPECT_THAT(command->examples, Not(IsEmpty())) << command->name;
    const std::string help = help_of(*command, 80);
    EXPECT_LT(help.find("Examples:"), help.find("Usage:")) << command->name;
  }
}

TEST(Help, HasOneStyle) {
  for (const Command* command : command_table()) {
    expect_sentence(command->summary);
    EXPECT_FALSE(std::isupper(static_cast<unsigned char>(command->summary[0]))) << command->summary;
    for (const Option& option : command->options) {
      expect_sentence(option.help);
    }
  }
}

TEST(Help, HasExamplesThatParse) {
  for (const Command* command : command_table()) {
    for (const Example& example : command->examples) {
      std::vector<std::string> words = words_of(example.command);
      if (words.empty() || words.front() != "otatool") {
        continue;
      }
      words.erase(words.begin());
      const auto line = parse_command_line(words);
      ASSERT_TRUE(line) << example.command << ": " << line.error().error.message();
      ASSERT_NE(line->command, nullptr) << example.command;
      EXPECT_EQ(line->command->name, command->name) << example.command;
      if (!command->raw_arguments) {
        EXPECT_TRUE(check_argument_count(*line->command, line->arguments)) << example.command;
      }
    }
  }
}

TEST(Help, OptionsOfACommandDifferFromTheGlobalOnes) {
  for (const Command* command : command_table()) {
    for (const Option& own : command->options) {
      for (const Option& global : global_options()) {
        // A name with a value may hide a switch: `--version V`.
        EXPECT_TRUE(own.name != global.name || own.value.empty() != global.value.empty())
            << command->name;
        EXPECT_TRUE(own.letter == '\0' || own.letter != global.letter) << command->name;
      }
    }
  }
}

}  // namespace
}  // namespace otatool::cli
