// The command line as values. No printing, no files, no environment.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/hints.hpp"

namespace otatool::cli {

struct CommandLine {
  const Command* command = nullptr;  ///< nullptr: none was named
  OptionValues values;
  std::vector<std::string> arguments;
};

/// Reads the words after argv[0]. Option names may not be abbreviated; an option may be given twice
/// only if it is repeatable. How many arguments a command takes is not checked here. Fails with
/// Usage, and names the word that was probably meant.
[[nodiscard]] tl::expected<CommandLine, HintedError> parse_command_line(
    std::span<const std::string> words);

/// Whether there are as many arguments as the command takes; Usage error otherwise.
[[nodiscard]] Result<void> check_argument_count(const Command& command,
                                                std::span<const std::string> arguments);

/// The command that a wrong name was probably meant to be, or where they are listed.
[[nodiscard]] std::string unknown_command_hint(std::string_view word);

/// An option as it is typed: `--port N`.
[[nodiscard]] std::string spelled(const Option& option);

/// Whether the value of this option is a path (see Option).
[[nodiscard]] bool takes_path(const Option& option);
/// The choices that the value of this option has; empty if it is free (see Option).
[[nodiscard]] std::vector<std::string> choices_of(const Option& option);

}  // namespace otatool::cli
