// Help texts, derived from the command table: examples first, at most 80 columns wide.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/frame/command.hpp"

namespace otatool::cli {

class Messages;

/// What otatool is, its commands and the global options.
[[nodiscard]] std::string overview();
/// One command: examples, usage, options.
[[nodiscard]] std::string help_of(const Command& command);
/// The facts of one command for programs: `{"name","summary","arguments","examples","options"}`.
[[nodiscard]] nlohmann::json help_json(const Command& command);

/// Prints the help of a command, or the overview for nullptr; with --json the same facts.
void print_help(Messages& messages, const Command* command);

}  // namespace otatool::cli
