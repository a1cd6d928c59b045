// Escapes text from files and devices for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace otatool::cli {

/// `text` as one line without characters that could control a terminal or hide text: control
/// characters C0 and C1 and DEL, line and paragraph separators, and marks that change the writing
/// direction become `\x1b` or `\u202e`; each byte that is not UTF-8 becomes `\x80`.
[[nodiscard]] std::string printable(std::string_view text);

/// The same for text of several lines: newlines and tabs stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

}  // namespace otatool::cli
