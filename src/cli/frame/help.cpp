#include "cli/frame/help.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>
#include <vector>

#include "cli/frame/command_table.hpp"
#include "cli/frame/options.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/terminal.hpp"
#include "cli/io/text_layout.hpp"

namespace otatool::cli {
namespace {

constexpr std::string_view kUsage = "Usage: otatool [GLOBAL OPTIONS] COMMAND [OPTIONS] ARGUMENTS";
constexpr std::size_t kMostExamplesInOverview = 5;
constexpr std::size_t kWidestTerm = 28;
/// Meanings that would get less room beside their terms stand on the next line.
constexpr std::size_t kNarrowestMeaning = 22;
constexpr std::size_t kIndentBelowTerm = 10;

/// A line of a list: what is typed, and what it means.
struct Entry {
  std::string_view name;
  std::string letter;  ///< `-p, `, or as many spaces
  std::string spelling;
  std::string_view meaning;
};

std::vector<Entry> entries_of(std::span<const Option> options) {
  std::vector<Entry> entries;
  for (const Option& option : options) {
    const std::string letter =
        option.letter == '\0' ? "    " : std::string({'-', option.letter, ',', ' '});
    entries.push_back({option.name, letter, spelled(option), option.help});
  }
  return entries;
}

std::vector<Entry> entries_of(std::span<const Command* const> commands) {
  std::vector<Entry> entries;
  for (const Command* command : commands) {
    entries.push_back({command->name, "", std::string(command->name), command->summary});
  }
  return entries;
}

/// The column of the meanings.
std::size_t indent_of(std::span<const Entry> entries, std::size_t width) {
  std::size_t widest = 0;
  for (const Entry& entry : entries) {
    const std::size_t term = entry.letter.size() + entry.spelling.size();
    widest = std::max(widest, std::min(term, kWidestTerm));
  }
  const std::size_t indent = widest + 4;
  return indent + kNarrowestMeaning <= width ? indent : kIndentBelowTerm;
}

/// `  -p, --port N   MEANING`, or the meaning on the next line.
std::string entry_text(const Entry& entry, std::size_t indent, std::size_t width) {
  std::string term = "  " + entry.letter;
  term += wrapped(entry.spelling, width, indent, term.size());
  const bool beside = term.size() + 2 <= indent;
  return (beside ? padded(term, indent) : term + "\n" + std::string(indent, ' ')) +
         wrapped(entry.meaning, width, indent, indent) + "\n";
}

/// The entries below `title`, or below the headings of the groups.
std::string list_text(std::string_view title,
                      std::span<const Entry> entries,
                      std::span<const Group> groups,
                      std::size_t width) {
  const std::size_t indent = indent_of(entries, width);
  const auto heading = [width](std::string_view words) {
    return "\n" + wrapped(fmt::format("{}:", words), width, 0, 0) + "\n";
  };
  std::string text = groups.empty() ? heading(title) : "";
  for (const Entry& entry : entries) {
    const auto group = std::ranges::find(groups, entry.name, &Group::first);
    if (group != groups.end()) {
      text += heading(group->heading);
    }
    text += entry_text(entry, indent, width);
  }
  return text;
}

std::string grouped_commands(std::size_t width) {
  return list_text("Commands", entries_of(command_table()), command_groups(), width);
}

/// Breaks a command at spaces outside of quotes, with the backslash that a shell needs.
std::string wrapped_command(std::string_view command, std::size_t width) {
  constexpr std::string_view kIndent = "  ";
  constexpr std::string_view kBreak = " \\\n      ";
  std::string text(kIndent);
  std::size_t column = kIndent.size();
  while (!command.empty()) {
    bool quoted = false;
    std::size_t length = 0;
    for (; length < command.size() && (quoted || command[length] != ' '); ++length) {
      quoted = quoted != (command[length] == '\'');
    }
    const bool at_start = column == kIndent.size();
    // The backslash takes two more cells.
    if (!at_start && column + 1 + length + 2 > width) {
      text += kBreak;
      column = 6;
    } else if (!at_start) {
      text += ' ';
      ++column;
    }
    text += command.substr(0, length);
    column += length;
    command.remove_prefix(std::min(length + 1, command.size()));
  }
  return text;
}

std::string example_text(const Example& example, std::size_t width) {
  std::string meaning = wrapped(example.meaning, width, 4, 4);
  for (std::size_t at = meaning.find('\n'); at != std::string::npos;
       at = meaning.find('\n', at + 1)) {
    meaning[at + 3] = '#';
  }
  return fmt::format("  # {}\n{}\n", meaning, wrapped_command(example.command, width));
}

std::string usage_line(const Command& command, std::size_t width) {
  std::string words = fmt::format("Usage: otatool {}", command.name);
  if (!command.raw_arguments) {
    words += " [OPTIONS]";
  }
  if (!command.arguments.empty()) {
    words += fmt::format(" {}", command.arguments);
  }
  return wrapped(words, width, 2, 0) + "\n";
}

std::size_t help_width() {
  return std::clamp(terminal_width(STDOUT_FILENO), kNarrowestHelp, kWidestHelp);
}

nlohmann::json options_json(std::span<const Option> options) {
  nlohmann::json list = nlohmann::json::array();
  for (const Option& option : options) {
    const std::string letter(option.letter == '\0' ? 0 : 1, option.letter);
    list.push_back({
        {"name", option.name},
        {"letter", letter.empty() ? nlohmann::json() : nlohmann::json(letter)},
        {"value", option.value.empty() ? nlohmann::json() : nlohmann::json(option.value)},
        {"help", option.help},
        {"repeatable", option.repeatable},
    });
  }
  return list;
}

}  // namespace

std::string command_list(std::size_t width) {
  return wrapped(kUsage, width, 2, 0) + "\n" + grouped_commands(width) + "\n" +
         wrapped(
             "'otatool help' shows examples; 'otatool help COMMAND' shows the options of a command",
             width,
             0,
             0);
}

std::string overview(std::size_t width) {
  std::string text = wrapped("otatool: firmware for ESP8266 and ESP32 over the air", width, 0, 0) +
                     "\n\nExamples:\n";
  std::size_t shown = 0;
  for (const Command* command : command_table()) {
    if (!command->examples.empty() && shown < kMostExamplesInOverview) {
      text += example_text(command->examples.front(), width);
      ++shown;
    }
  }
  text += "\n" + wrapped(kUsage, width, 2, 0) + "\n";
  text += grouped_commands(width);
  text += list_text(
      "Global options, before or after the command", entries_of(global_options()), {}, width);
  return text + "\n" +
         wrapped(
             "'otatool help COMMAND' shows the options of a command; 'man otatool' has more detail",
             width,
             0,
             0);
}

std::string help_of(const Command& command, std::size_t width) {
  std::string text =
      wrapped(fmt::format("otatool {}: {}", command.name, command.summary), width, 0, 0) + "\n\n";
  if (!command.examples.empty()) {
    text += "Examples:\n";
    for (const Example& example : command.examples) {
      text += example_text(example, width);
    }
    text += "\n";
  }
  text += usage_line(command, width);
  if (!command.options.empty()) {
    text += list_text("Options", entries_of(command.options), command.option_groups, width);
  }
  if (!command.raw_arguments) {
    text += list_text("Global options", entries_of(global_options()), {}, width);
  }
  text.pop_back();
  return text;
}

nlohmann::json help_json(const Command& command) {
  nlohmann::json examples = nlohmann::json::array();
  for (const Example& example : command.examples) {
    examples.push_back({{"command", example.command}, {"meaning", example.meaning}});
  }
  return {
      {"name", command.name},
      {"summary", command.summary},
      {"arguments", command.arguments},
      {"raw", command.raw_arguments},
      {"examples", std::move(examples)},
      {"options", options_json(command.options)},
  };
}

void print_help(Messages& messages, const Command* command) {
  const std::size_t width = help_width();
  messages.result_lines(command == nullptr ? overview(width) : help_of(*command, width));
  if (!messages.json()) {
    return;
  }
  nlohmann::json commands = nlohmann::json::array();
  for (const Command* each : command_table()) {
    if (command == nullptr || command == each) {
      commands.push_back(help_json(*each));
    }
  }
  messages.json_document({
      {"schema", 1},
      {"commands", std::move(commands)},
      {"global_options", options_json(global_options())},
  });
}

void print_commands(Messages& messages) {
  messages.result_lines(command_list(help_width()));
}

}  // namespace otatool::cli
