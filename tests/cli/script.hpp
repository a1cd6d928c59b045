// Parses tests of the command line (README.md in this folder). Text in, statements out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::test {

struct Statement {
  std::size_t line = 0;  ///< from 1
  std::string verb;      ///< the first word
  std::string rest;      ///< the rest of the line, trimmed
  std::string text;      ///< the `| ` lines below, each ending with a newline
};

/// Throws std::runtime_error with the line number for a `| ` line below no statement.
[[nodiscard]] std::vector<Statement> parse_script(std::string_view text);

/// Splits at blanks; keeps a part in single quotes together.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

/// Replaces each occurrence of `from`.
[[nodiscard]] std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace otatool::test
