// Lays out text and tables for a line of a given number of cells. Text in, text out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace otatool::cli {

/// The width of a line that goes to a file or to another program.
inline constexpr std::size_t kUnlimitedWidth = SIZE_MAX;

/// `text` with spaces added up to `cells`; text that takes more stays unchanged.
[[nodiscard]] std::string padded(std::string_view text, std::size_t cells);

/// Breaks `text` at spaces, so that no line takes more than `width` cells unless one word does. The
/// first line begins at cell `column`, the others after `indent` spaces.
[[nodiscard]] std::string wrapped(std::string_view text,
                                  std::size_t width,
                                  std::size_t indent,
                                  std::size_t column);

/// Rows of cells below headings.
class Table {
 public:
  struct Column {
    std::string_view heading;
    bool numeric = false;  ///< aligned to the right
    /// A table that is too wide omits the columns with the largest value first; 0: never omitted.
    unsigned omitted_first = 0;
  };

  explicit Table(std::vector<Column> columns);

  /// One cell for each column; escaped by printable().
  void add(std::vector<std::string> row);

  /// A line of headings and a line for each row, without the columns that `width` cells have no
  /// room for. If the columns that are never omitted do not fit, each cell gets its own line after
  /// its heading, and an empty line separates the rows.
  [[nodiscard]] std::vector<std::string> lines(std::size_t width) const;

 private:
  [[nodiscard]] std::vector<std::size_t> column_widths() const;
  /// The columns that fit in `width` cells, in their order; empty if those that count do not fit.
  [[nodiscard]] std::vector<std::size_t> fitting(const std::vector<std::size_t>& widths,
                                                 std::size_t width) const;
  [[nodiscard]] std::vector<std::string> grid(const std::vector<std::size_t>& widths,
                                              const std::vector<std::size_t>& shown) const;
  [[nodiscard]] std::vector<std::string> list(std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace otatool::cli
