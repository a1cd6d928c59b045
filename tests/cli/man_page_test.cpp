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

std::set<std::string> spellings(std::span<const Option> options) {
  std::set<std::string> all;
  for (const Option& option : options) {
    all.insert(full_spelling(option));
  }
  return all;
}

/// The options in a help text: the part before the explanation of each line that starts with a
/// dash.
std::set<std::string> options_of_help(const std::string& help) {
  std::set<std::string> options;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string::npos && first >= 2 && line[first] == '-') {
      const std::string entry = line.substr(first);
      options.insert(entry.substr(0, entry.find("  ")));
    }
  }
  return options;
}

class ManPage : public ::testing::TestWithParam<std::string> {
 protected:
  const Command& command_ = *find_command(GetParam());
  std::string name_ = "otatool-" + std::string(command_.name);
  std::string page_ = read_page(name_);
};

TEST_P(ManPage, HelpListsTheOptionsOfTheTable) {
  std::set<std::string> options = spellings(command_.options);
  if (!command_.raw_arguments) {
    options.merge(spellings(global_options()));
  }
  EXPECT_EQ(options_of_help(help_of(command_)), options);
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
    EXPECT_EQ(test::options_in(test::section_of(page_, "OPTIONS")), spellings(command_.options));
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
  for (const Command* command : command_table()) {
    table.emplace_back(command->name, command->summary);
  }
  EXPECT_EQ(listed, table) << "man/otatool.1.scd, section COMMANDS, in the order of the table";
}

TEST(MainManPage, ListsTheGlobalOptions) {
  const auto section = test::section_of(read_page("otatool"), "GLOBAL OPTIONS");
  EXPECT_EQ(test::options_in(section), spellings(global_options()));
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
      "this.\n\n*--a\\_b* x|_A-B_\n\tMore.\n\n# END\n\n*--other*\n\tElsewhere.\n";
  EXPECT_EQ(test::summary_of(page, "x"), "does it");
  EXPECT_EQ(test::summary_of(page, "y"), std::nullopt);
  const auto section = test::section_of(page, "OPTIONS");
  EXPECT_THAT(test::options_in(section), ElementsAre("--a_b x|A-B", "-j, --jobs N"));
  EXPECT_EQ(test::definitions_in(section).front().meaning, "How many --not this.");
}

}  // namespace
}  // namespace otatool::cli
