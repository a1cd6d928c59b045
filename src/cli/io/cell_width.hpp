// How many cells of a terminal a text takes. Depends on neither the locale nor the terminal.
#pragma once

#include <cstddef>
#include <string_view>

namespace otatool::cli {

/// The cells of one line of UTF-8: 2 for a wide character (CJK, emoji), 0 for a combining or
/// invisible one, 1 for every other one and for a byte that is not UTF-8. Wide characters are those
/// of class W or F in Unicode's EastAsianWidth.txt.
[[nodiscard]] std::size_t cell_width(std::string_view text);

/// The longest start of `text` that takes at most `cells` cells. It splits no character.
[[nodiscard]] std::string_view first_cells(std::string_view text, std::size_t cells);

}  // namespace otatool::cli
