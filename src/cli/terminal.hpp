// What is known of the terminal, if there is one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "cli/messages.hpp"

namespace otatool::cli {

/// A variable of the environment; nothing if it is not set or empty.
[[nodiscard]] std::optional<std::string> environment(const char* name);

[[nodiscard]] bool is_terminal(int descriptor);
/// Columns: COLUMNS if that is a number, else what the terminal says, else 80.
[[nodiscard]] std::size_t terminal_width(int descriptor);
/// A terminal that can move its cursor: TERM is set and not `dumb`.
[[nodiscard]] bool can_redraw(int descriptor);
/// Auto means: a terminal, without NO_COLOR, TERM=dumb and CI (cli.md, global).
[[nodiscard]] bool wants_color(ColorMode mode, bool terminal);
/// Whether a question can be asked and answered: stdin and stderr are terminals.
[[nodiscard]] bool may_prompt();

}  // namespace otatool::cli
