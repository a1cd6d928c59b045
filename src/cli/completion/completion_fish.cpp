#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion/completion.hpp"
#include "cli/frame/command_table.hpp"

namespace otatool::cli {
namespace {

constexpr std::string_view kTargetList = "(otatool completion targets 2>/dev/null)";

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
  const ValueWords words = value_words(option);
  if (!words.choices.empty()) {
    line += fmt::format(" -x -a '{}'", fmt::join(words.choices, " "));
  } else if (words.files) {
    line += " -r -F";
  } else if (words.targets) {
    line += fmt::format(" -x -a '{}'", kTargetList);
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
  std::string lines;
  if (words.files) {
    lines += fmt::format("complete -c otatool{} -F\n", condition(command.name));
  }
  if (words.before_targets) {
    lines += fmt::format("complete -c otatool{} -a '{}'\n", condition(command.name), kTargetList);
  }
  return lines;
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
    for (const Option& option : offered_options(*command)) {
      script += option_line(command->name, option);
    }
    script += argument_line(*command);
  }
  return script;
}

}  // namespace otatool::cli
