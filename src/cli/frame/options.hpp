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
  const Command* command = nullptr;  ///< nullptr: no command is given
  OptionValues values;
  std::vector<std::string> arguments;
};

/// Parses the words after argv[0]. Option names may not be abbreviated; only a repeatable option
/// may be given twice. The number of arguments is not checked. Fails with Usage; the hint suggests
/// the nearest known word.
[[nodiscard]] tl::expected<CommandLine, HintedError> parse_command_line(
    std::span<const std::string> words);

/// Checks the number of arguments; fails with Usage.
[[nodiscard]] Result<void> check_argument_count(const Command& command,
                                                std::span<const std::string> arguments);

/// The hint for an unknown command: the nearest name, or where the commands are listed.
[[nodiscard]] std::string unknown_command_hint(std::string_view word);

/// The spelling of an option: `--port N`.
[[nodiscard]] std::string spelled(const Option& option);

/// True if the value of this option is a path (see Option).
[[nodiscard]] bool takes_path(const Option& option);
/// The allowed values of this option; empty if they are not a fixed set (see Option).
[[nodiscard]] std::vector<std::string> choices_of(const Option& option);

}  // namespace otatool::cli
