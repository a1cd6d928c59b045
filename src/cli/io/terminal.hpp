// Properties of the terminal and of the environment.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace otatool::cli {

/// The values of --color.
enum class ColorMode { Auto, Always, Never };

/// An environment variable; nothing if it is unset or empty.
[[nodiscard]] std::optional<std::string> environment(const char* name);

[[nodiscard]] bool is_terminal(int descriptor);
/// The width in cells: COLUMNS if that is a number, else the width of the terminal, else 80.
[[nodiscard]] std::size_t terminal_width(int descriptor);
/// True for a terminal that can move its cursor: TERM is set and not `dumb`.
[[nodiscard]] bool can_redraw(int descriptor);
/// Auto: colour on a terminal without NO_COLOR, TERM=dumb and CI (cli.md, global).
[[nodiscard]] bool wants_color(ColorMode mode, bool terminal);
/// True if a prompt is possible: stdin and stderr are terminals.
[[nodiscard]] bool may_prompt();

}  // namespace otatool::cli
