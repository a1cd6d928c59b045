#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <vector>

#include "cli/completion/completion.hpp"
#include "cli/frame/command_table.hpp"

namespace otatool::cli {
namespace {

// Bash splits words at `=`, so `--chip=e` arrives as three words. The script also works with
// bash 3.2 of macOS and without the package bash-completion. Names of devices come from the
// network: compgen -W would expand them.
constexpr std::string_view kStart = R"bash(# bash completion for otatool
_otatool_words() {
  local IFS=$' \t\n'
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}
_otatool_files() {
  local IFS=$'\n'
  COMPREPLY=($(compgen -f -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_otatool_targets() {
  local name
  while IFS= read -r name; do
    if [[ $name == "$cur"* ]]; then
      COMPREPLY+=("$(printf '%q' "$name")")
    fi
  done < <(otatool completion targets 2>/dev/null)
}
# Counts the arguments between the command at $1 and the cursor; $2 are the options with a value.
_otatool_count_arguments() {
  local i
  arguments=0
  for ((i = $1 + 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      =) ((i++)) ;;
      -*)
        if [[ " $2 " == *" ${COMP_WORDS[i]} "* && ${COMP_WORDS[i + 1]} != = ]]; then
          ((i++))
        fi
        ;;
      *) ((arguments++)) ;;
    esac
  done
}
_otatool() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i arguments
  COMPREPLY=()
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --color) ((i++)) ;;
      -* | =) ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
)bash";

std::string names_of(std::span<const Option> options) {
  std::string names;
  for (const Option& option : options) {
    names += fmt::format(" --{}", option.name);
    if (option.letter != '\0') {
      names += fmt::format(" -{}", option.letter);
    }
  }
  return names;
}

std::string names_with_value(std::span<const Option> options) {
  std::vector<Option> valued;
  std::ranges::copy_if(options, std::back_inserter(valued), [](const Option& option) {
    return !option.value.empty();
  });
  return names_of(valued);
}

/// The completions of an option's value.
std::string value_case(std::string_view command, const Option& option) {
  if (option.value.empty()) {
    return {};
  }
  std::string pattern = fmt::format("{}:--{}", command, option.name);
  if (option.letter != '\0') {
    pattern += fmt::format(" | {}:-{}", command, option.letter);
  }
  const ValueWords words = value_words(option);
  std::string action;
  if (!words.choices.empty()) {
    action = fmt::format("_otatool_words '{}'; ", fmt::join(words.choices, " "));
  } else if (words.files) {
    action = "_otatool_files; ";
  } else if (words.targets) {
    action = "_otatool_targets; ";
  }
  return fmt::format("    {}) {}return ;;\n", pattern, action);
}

/// Shell commands that offer the arguments of a command.
std::string argument_action(const Command& command) {
  const ArgumentWords words = argument_words(command);
  if (!words.choices.empty()) {
    return fmt::format("_otatool_words '{}'", fmt::join(words.choices, " "));
  }
  if (words.before_targets == std::size_t{0}) {
    return "_otatool_targets";
  }
  if (words.before_targets) {
    return fmt::format(
        "_otatool_count_arguments \"$i\" '{}'; if ((arguments >= {})); then _otatool_targets; else "
        "_otatool_files; fi",
        names_with_value(command.options).substr(1),
        *words.before_targets);
  }
  return words.files ? "_otatool_files" : ":";
}

std::string bash_command_case(const Command& command) {
  return fmt::format("    {}) if [[ $cur == -* ]]; then _otatool_words \"{}{}\"; else {}; fi ;;\n",
                     command.name,
                     command.raw_arguments ? "" : "$global",
                     names_of(offered_options(command)),
                     argument_action(command));
}

}  // namespace

std::string bash_completion() {
  std::string script(kStart);
  std::string values;
  std::string commands;
  std::string names;
  for (const Option& option : global_options()) {
    values += value_case("*", option);
  }
  for (const Command* command : command_table()) {
    for (const Option& option : offered_options(*command)) {
      values += value_case(command->name, option);
    }
    commands += bash_command_case(*command);
    names += fmt::format(" {}", command->name);
  }
  script += fmt::format("  local global='{}'\n", names_of(global_options()).substr(1));
  script += fmt::format("  case $command:$prev in\n{}  esac\n", values);
  script += fmt::format("  case $command in\n{}", commands);
  script += fmt::format(
      "    '') if [[ $cur == -* ]]; then _otatool_words \"$global\"; else _otatool_words '{}'; fi "
      ";;\n  esac\n}}\ncomplete -F _otatool otatool\n",
      names.substr(1));
  return script;
}

}  // namespace otatool::cli
