// Help texts, derived from the command table: examples first, then usage and options. Lines fit in
// `width` cells, from kNarrowestHelp on. Prints nothing except by print_help and print_commands.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/frame/command.hpp"

namespace otatool::cli {

class Messages;

inline constexpr std::size_t kNarrowestHelp = 40;
/// Longer lines are hard to read, so wider terminals are not filled.
inline constexpr std::size_t kWidestHelp = 100;

/// All commands in groups, and where to read on.
[[nodiscard]] std::string command_list(std::size_t width);
/// What otatool is: examples, all commands in groups, the global options.
[[nodiscard]] std::string overview(std::size_t width);
/// One command: examples, usage, options in groups.
[[nodiscard]] std::string help_of(const Command& command, std::size_t width);
/// The facts of one command for programs: `{"name","summary","arguments","examples","options"}`.
[[nodiscard]] nlohmann::json help_json(const Command& command);

/// Prints the help of a command, or the overview for nullptr; with --json the same facts.
void print_help(Messages& messages, const Command* command);
/// Prints the list of commands.
void print_commands(Messages& messages);

}  // namespace otatool::cli
