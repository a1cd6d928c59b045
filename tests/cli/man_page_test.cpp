// The command table, --help and the man pages agree, in both directions. Each command has a page
// otatool-NAME.1 with its summary and options; otatool.1 itself explains help, version and
// completion. The drop-in modes have pages too, but their options are those of other tools and not
// in the table.
#include "tests/cli/man_page.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/frame/command_table.hpp"
#include "cli/frame/config.hpp"
#include "cli/frame/help.hpp"
#include "cli/frame/options.hpp"

namespace otatool::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::array<std::string_view, 3> kWithoutPage = {"help", "version", "completion"};

bool has_page(const Command& command) {
  return std::ranges::find(kWithoutPage, command.name) == kWithoutPage.end();
}

std::filesystem::path page_path(std::string_view name) {
  return std::filesystem::path(MAN_FOLDER) / (std::string(name) + ".1.scd");
}

std::string read_page(std::string_view name) {
  std::ifstream file(page_path(name));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string full_spelling(const Option& option) {
  const std::string letter =
      option.letter == '\0' ? "" : std::string({'-', option.letter, ',', ' '});
  return letter + spelled(option);
}

test::DefinitionGroup group_of(std::string heading, std::span<const Option> options) {
  test::DefinitionGroup group{std::move(heading), {}};
  for (const Option& option : options) {
    group.terms.push_back(full_spelling(option));
  }
  return group;
}

/// The options of the table in its groups.
std::vector<test::DefinitionGroup> groups_of(const Command& command) {
  std::vector<test::DefinitionGroup> groups;
  for (const Option& option : command.options) {
    const auto group = std::ranges::find(command.option_groups, option.name, &Group::first);
    if (group != command.option_groups.end()) {
      groups.push_back({std::string(group->heading), {}});
    } else if (groups.empty()) {
      groups.push_back({"", {}});
    }
    groups.back().terms.push_back(full_spelling(option));
  }
  return groups;
}

/// The options in a help text below their headings: the part before the explanation of each line
/// that starts with a dash.
std::vector<test::DefinitionGroup> groups_of_help(const std::string& help) {
  std::vector<test::DefinitionGroup> groups;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find_first_not_of(' ');
    if (first == 0 && line.ends_with(':')) {
      groups.push_back({line.substr(0, line.size() - 1), {}});
    } else if (first != std::string::npos && first >= 2 && line[first] == '-') {
      const std::string entry = line.substr(first);
      groups.back().terms.push_back(entry.substr(0, entry.find("  ")));
    }
  }
  std::erase_if(groups, [](const auto& group) { return group.terms.empty(); });
  return groups;
}

class ManPage : public ::testing::TestWithParam<std::string> {
 protected:
  const Command& command_ = *find_command(GetParam());
  std::string name_ = "otatool-" + std::string(command_.name);
  std::string page_ = read_page(name_);
};

TEST_P(ManPage, HelpListsTheOptionsOfTheTable) {
  std::vector<test::DefinitionGroup> groups = groups_of(command_);
  if (!groups.empty() && groups.front().heading.empty()) {
    groups.front().heading = "Options";
  }
  if (!command_.raw_arguments) {
    groups.push_back(group_of("Global options", global_options()));
  }
  EXPECT_EQ(groups_of_help(help_of(command_, 80)), groups);
}

TEST_P(ManPage, AgreesWithTheTable) {
  if (!has_page(command_)) {
    EXPECT_THAT(command_.options, IsEmpty()) << "a command with options needs its own page";
    EXPECT_FALSE(std::filesystem::exists(page_path(name_)));
    return;
  }
  ASSERT_THAT(page_, HasSubstr("# NAME")) << "man/" << name_ << ".1.scd is missing";
  EXPECT_EQ(page_.substr(0, page_.find('\n')), name_ + "(1)");
  EXPECT_EQ(test::summary_of(page_, name_), command_.summary);
  if (!command_.raw_arguments) {
    EXPECT_EQ(test::groups_in(test::section_of(page_, "OPTIONS")), groups_of(command_));
  }
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command* command : command_table()) {
    names.emplace_back(command->name);
  }
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Commands, ManPage, ::testing::ValuesIn(command_names()), test_name);

TEST(MainManPage, ListsTheCommandsOfTheTable) {
  std::vector<std::pair<std::string, std::string>> listed;
  for (const auto& [term, meaning] :
       test::definitions_in(test::section_of(read_page("otatool"), "COMMANDS"))) {
    listed.emplace_back(term, meaning);
  }
  std::vector<std::pair<std::string, std::string>> table;
  std::vector<test::DefinitionGroup> groups;
  for (const Command* command : command_table()) {
    table.emplace_back(command->name, command->summary);
    const auto group = std::ranges::find(command_groups(), command->name, &Group::first);
    if (group != command_groups().end()) {
      groups.push_back({std::string(group->heading), {}});
    }
    ASSERT_FALSE(groups.empty());
    groups.back().terms.emplace_back(command->name);
  }
  EXPECT_EQ(listed, table) << "man/otatool.1.scd, section COMMANDS, in the order of the table";
  EXPECT_EQ(test::groups_in(test::section_of(read_page("otatool"), "COMMANDS")), groups);
}

TEST(MainManPage, ListsTheGlobalOptions) {
  const auto section = test::section_of(read_page("otatool"), "GLOBAL OPTIONS");
  EXPECT_THAT(test::groups_in(section), ElementsAre(group_of("", global_options())));
}

TEST(MainManPage, RefersToAllOtherPages) {
  std::string others;
  for (const Command* command : command_table()) {
    if (has_page(*command)) {
      others += (others.empty() ? "" : ", ") + ("*otatool-" + std::string(command->name)) + "*(1)";
    }
  }
  std::string listed;
  for (const std::string& line : test::section_of(read_page("otatool"), "SEE ALSO")) {
    listed += (listed.empty() || line.empty() ? "" : " ") + line;
  }
  others += ", *otatool-troubleshooting*(7)";
  EXPECT_EQ(listed, others) << "man/otatool.1.scd, section SEE ALSO, in the order of the table";
}

TEST(MainManPage, ItsExampleConfigurationIsAccepted) {
  std::string example;
  bool inside = false;
  for (const std::string& line : test::section_of(read_page("otatool"), "FILES")) {
    if (line == "```") {
      inside = !inside;
    } else if (inside) {
      example += line + "\n";
    }
  }
  const auto config = parse_config(example, "otatool.toml");
  ASSERT_TRUE(config) << config.error().error.message();
  EXPECT_FALSE(config->defaults.empty());
  EXPECT_FALSE(config->devices.empty());
}

TEST(ManPageReader, ReadsScdoc) {
  const std::string page =
      "x(1)\n\n# NAME\n\nx - does it\n\n# OPTIONS\n\n*-j*, *--jobs* _N_\n\tHow many *--not* "
      "this.\n\n## More\n\n*--a\\_b* x|_A-B_\n\tMore.\n\n# END\n\n*--other*\n\tElsewhere.\n";
  EXPECT_EQ(test::summary_of(page, "x"), "does it");
  EXPECT_EQ(test::summary_of(page, "y"), std::nullopt);
  const auto section = test::section_of(page, "OPTIONS");
  EXPECT_THAT(test::groups_in(section),
              ElementsAre(test::DefinitionGroup{"", {"-j, --jobs N"}},
                          test::DefinitionGroup{"More", {"--a_b x|A-B"}}));
  EXPECT_EQ(test::definitions_in(section).front().meaning, "How many --not this.");
}

}  // namespace
}  // namespace otatool::cli
