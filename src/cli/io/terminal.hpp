// What is known of the terminal, if there is one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace otatool::cli {

/// The values of --color.
enum class ColorMode { Auto, Always, Never };

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
