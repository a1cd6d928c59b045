#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion/completion.hpp"
#include "cli/frame/command_table.hpp"

namespace otatool::cli {
namespace {

/// Quotes text for an _arguments specification: inside single quotes, in brackets or after a colon.
std::string zsh_quoted(std::string_view text) {
  std::string safe;
  for (const char letter : text) {
    if (letter == '\'') {
      safe += "'\\''";
      continue;
    }
    if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') {
      safe += '\\';
    }
    safe += letter;
  }
  return safe;
}

std::string value_part(const Option& option) {
  if (option.value.empty()) {
    return {};
  }
  const ValueWords words = value_words(option);
  std::string action;
  if (!words.choices.empty()) {
    action = fmt::format("({})", fmt::join(words.choices, " "));
  } else if (words.files) {
    action = "_files";
  } else if (words.targets) {
    action = "_otatool_targets";
  }
  return fmt::format(":{}:{}", zsh_quoted(option.value), action);
}

/// The words of an option for _arguments: the long name, and the letter if there is one. Each
/// excludes both.
std::string specification(const Option& option, std::string_view indent) {
  std::string hidden = "*";
  if (!option.repeatable) {
    hidden = option.letter == '\0' ? "" : fmt::format("(-{} --{})", option.letter, option.name);
  }
  const std::string help = fmt::format("[{}]{}", zsh_quoted(option.help), value_part(option));
  const std::string_view adjacent = option.value.empty() ? "" : "=";
  std::string text = fmt::format("{}'{}--{}{}{}'", indent, hidden, option.name, adjacent, help);
  if (option.letter != '\0') {
    text += fmt::format(
        "{}'{}-{}{}{}'", indent, hidden, option.letter, option.value.empty() ? "" : "+", help);
  }
  return text;
}

std::string argument_specification(const Command& command) {
  const ArgumentWords words = argument_words(command);
  const auto specified = [&command](std::string_view place, std::string_view action) {
    return fmt::format(" \\\n        '{}:{}:{}'", place, zsh_quoted(command.arguments), action);
  };
  if (!words.choices.empty()) {
    return specified("*", fmt::format("({})", fmt::join(words.choices, " ")));
  }
  std::string text;
  for (std::size_t i = 1; words.before_targets && i <= *words.before_targets; ++i) {
    text += specified(std::to_string(i), "_files");
  }
  if (words.before_targets) {
    return text + specified("*", "_otatool_targets");
  }
  return words.files ? specified("*", "_files") : "";
}

std::string zsh_command_case(const Command& command) {
  std::string text = fmt::format("      {})\n        ", command.name);
  text += command.raw_arguments ? "_arguments -S" : "_arguments -S $global";
  for (const Option& option : offered_options(command)) {
    text += specification(option, " \\\n        ");
  }
  return text + argument_specification(command) + " ;;\n";
}

}  // namespace

std::string zsh_completion() {
  std::string script =
      "#compdef otatool\n\n_otatool_targets() {\n"
      "  local -a names\n  names=(${(f)\"$(otatool completion targets 2>/dev/null)\"})\n"
      "  compadd -a names\n}\n\n_otatool() {\n";
  script += "  local curcontext=\"$curcontext\" state line ret=1\n  local -a global commands\n";
  script += "  typeset -A opt_args\n  global=(";
  for (const Option& option : global_options()) {
    script += specification(option, "\n    ");
  }
  script += "\n  )\n  commands=(\n";
  for (const Command* command : command_table()) {
    script += fmt::format("    '{}:{}'\n", command->name, zsh_quoted(command->summary));
  }
  script +=
      "  )\n  _arguments -C -S $global '1:command:->command' '*::arguments:->arguments' && ret=0\n"
      "  case $state in\n"
      "    command) _describe -t commands 'otatool command' commands && ret=0 ;;\n"
      "    arguments) case $line[1] in\n";
  for (const Command* command : command_table()) {
    script += zsh_command_case(*command);
  }
  return script + "    esac ;;\n  esac\n  return ret\n}\n\n_otatool \"$@\"\n";
}

}  // namespace otatool::cli
