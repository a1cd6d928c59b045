#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion/completion.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/options.hpp"

namespace otatool::cli {
namespace {

/// A single-quoted word of fish.
std::string fish_quoted(std::string_view text) {
  std::string safe = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') {
      safe += '\\';
    }
    safe += letter;
  }
  return safe + "'";
}

std::string condition(std::string_view command) {
  return command.empty() ? "" : fmt::format(" -n '__fish_seen_subcommand_from {}'", command);
}

std::string option_line(std::string_view command, const Option& option) {
  std::string line = fmt::format("complete -c otatool{} -l {}", condition(command), option.name);
  if (option.letter != '\0') {
    line += fmt::format(" -s {}", option.letter);
  }
  if (const auto choices = choices_of(option); !choices.empty()) {
    line += fmt::format(" -x -a '{}'", fmt::join(choices, " "));
  } else if (takes_path(option)) {
    line += " -r -F";
  } else if (!option.value.empty()) {
    line += " -x";
  }
  return line + fmt::format(" -d {}\n", fish_quoted(option.help));
}

std::string argument_line(const Command& command) {
  const ArgumentWords words = argument_words(command);
  if (!words.choices.empty()) {
    return fmt::format(
        "complete -c otatool{} -a '{}'\n", condition(command.name), fmt::join(words.choices, " "));
  }
  return words.files ? fmt::format("complete -c otatool{} -F\n", condition(command.name)) : "";
}

}  // namespace

std::string fish_completion() {
  std::string script = "# fish completion for otatool\ncomplete -c otatool -f\n";
  for (const Option& option : global_options()) {
    script += option_line("", option);
  }
  for (const Command* command : command_table()) {
    script += fmt::format("complete -c otatool -n __fish_use_subcommand -a {} -d {}\n",
                          command->name,
                          fish_quoted(command->summary));
  }
  for (const Command* command : command_table()) {
    if (!command->raw_arguments) {
      for (const Option& option : command->options) {
        script += option_line(command->name, option);
      }
    }
    script += argument_line(*command);
  }
  return script;
}

}  // namespace otatool::cli
