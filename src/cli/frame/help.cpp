#include "cli/frame/help.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/frame/command_table.hpp"
#include "cli/frame/options.hpp"
#include "cli/io/messages.hpp"

namespace otatool::cli {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kMostExamplesInOverview = 5;
constexpr std::size_t kWidestTerm = 28;

/// Breaks `text` at blanks so that lines which begin with `indent` columns fit; the first line
/// begins at column `column`.
std::string wrapped(std::string_view text, std::size_t column, std::size_t indent) {
  std::string lines;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (column > indent && column + 1 + word.size() > kWidth) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines;
}

/// `  term   meaning`, the meaning at column `indent`, below the term where that is too long.
std::string entry(std::string_view term, std::string_view meaning, std::size_t indent) {
  std::string text = "  " + std::string(term);
  if (text.size() + 2 > indent) {
    text += "\n" + std::string(indent, ' ');
  } else {
    text.resize(indent, ' ');
  }
  return text + wrapped(meaning, indent, indent) + "\n";
}

std::string with_letter(const Option& option) {
  const std::string letter =
      option.letter == '\0' ? "    " : std::string({'-', option.letter, ',', ' '});
  return letter + spelled(option);
}

std::string option_list(std::span<const Option> options) {
  std::size_t widest = 0;
  for (const Option& option : options) {
    widest = std::max(widest, std::min(with_letter(option).size(), kWidestTerm));
  }
  std::string text;
  for (const Option& option : options) {
    text += entry(with_letter(option), option.help, widest + 4);
  }
  return text;
}

std::string example_list(std::span<const Example> examples) {
  std::string text;
  for (const Example& example : examples) {
    text += fmt::format("  # {}\n  {}\n", example.meaning, example.command);
  }
  return text;
}

std::string usage_line(const Command& command) {
  std::string words = fmt::format("Usage: otatool {}", command.name);
  if (!command.raw_arguments) {
    words += " [OPTIONS]";
  }
  if (!command.arguments.empty()) {
    words += fmt::format(" {}", command.arguments);
  }
  return wrapped(words, 0, 0) + "\n";
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

std::string overview() {
  std::string text = "otatool: firmware for ESP8266 and ESP32 over the air\n\nExamples:\n";
  std::size_t shown = 0;
  std::size_t widest = 0;
  std::string commands;
  for (const Command* command : command_table()) {
    widest = std::max(widest, command->name.size());
  }
  for (const Command* command : command_table()) {
    if (!command->examples.empty() && shown < kMostExamplesInOverview) {
      text += example_list(command->examples.first(1));
      ++shown;
    }
    commands += entry(command->name, command->summary, widest + 4);
  }
  text += "\nUsage: otatool [GLOBAL OPTIONS] COMMAND [OPTIONS] ARGUMENTS\n\nCommands:\n" + commands;
  text += "\nGlobal options, before or after the command:\n" + option_list(global_options());
  text += "\n'otatool help COMMAND' shows the options of a command; 'man otatool' has it all.";
  return text;
}

std::string help_of(const Command& command) {
  std::string text =
      wrapped(fmt::format("otatool {}: {}", command.name, command.summary), 0, 0) + "\n\n";
  if (!command.examples.empty()) {
    text += "Examples:\n" + example_list(command.examples) + "\n";
  }
  text += usage_line(command);
  if (!command.options.empty()) {
    text += "\nOptions:\n" + option_list(command.options);
  }
  if (!command.raw_arguments) {
    text += "\nGlobal options:\n" + option_list(global_options());
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
  messages.result(command == nullptr ? overview() : help_of(*command));
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

}  // namespace otatool::cli
