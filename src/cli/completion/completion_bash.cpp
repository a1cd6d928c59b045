#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion/completion.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/options.hpp"

namespace otatool::cli {
namespace {

constexpr std::string_view kFiles = "_otatool_files; return";

// Bash splits words at `=`, so `--chip=e` arrives as three words. The script also works with
// bash 3.2 of macOS and without the package bash-completion.
constexpr std::string_view kStart = R"(# bash completion for otatool
_otatool_words() {
  local IFS=$' \t\n'
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}
_otatool_files() {
  local IFS=$'\n'
  COMPREPLY=($(compgen -f -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_otatool() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= i
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
)";

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

/// The completions of an option's value.
std::string value_case(std::string_view command, const Option& option) {
  if (option.value.empty()) {
    return {};
  }
  std::string pattern = fmt::format("{}:--{}", command, option.name);
  if (option.letter != '\0') {
    pattern += fmt::format(" | {}:-{}", command, option.letter);
  }
  const auto choices = choices_of(option);
  std::string action = "return";
  if (!choices.empty()) {
    action = fmt::format("_otatool_words '{}'; return", fmt::join(choices, " "));
  } else if (takes_path(option)) {
    action = kFiles;
  }
  return fmt::format("    {}) {} ;;\n", pattern, action);
}

std::string bash_command_case(const Command& command) {
  const ArgumentWords words = argument_words(command);
  const std::string options = command.raw_arguments ? "" : names_of(command.options);
  std::string action = ":";
  if (!words.choices.empty()) {
    action = fmt::format("_otatool_words '{}'", fmt::join(words.choices, " "));
  } else if (words.files) {
    action = "_otatool_files";
  }
  return fmt::format(
      "    {}) if [[ $cur == -* ]]; then _otatool_words \"$global{}\"; else {}; fi ;;\n",
      command.name,
      options,
      action);
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
    for (const Option& option : command->options) {
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
