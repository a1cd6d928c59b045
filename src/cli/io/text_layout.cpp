#include "cli/io/text_layout.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "cli/io/cell_width.hpp"
#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

constexpr std::size_t kGap = 2;  ///< spaces between two columns

std::string aligned(std::string_view text, std::size_t cells, bool right) {
  const std::size_t used = cell_width(text);
  const std::string space(cells > used ? cells - used : 0, ' ');
  return right ? space + std::string(text) : std::string(text) + space;
}

void trim_end(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

}  // namespace

std::string padded(std::string_view text, std::size_t cells) {
  return aligned(text, cells, false);
}

std::string wrapped(std::string_view text,
                    std::size_t width,
                    std::size_t indent,
                    std::size_t column) {
  std::string lines;
  bool at_start = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const std::size_t cells = cell_width(word);
    const std::size_t separator = at_start ? 0 : 1;
    const bool fits = column + separator + cells <= width;
    if (!fits && (!at_start || column > indent)) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!at_start) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += cells;
    at_start = false;
  }
  return lines;
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> row) {
  for (std::string& cell : row) {
    cell = printable(cell);
  }
  rows_.push_back(std::move(row));
}

std::vector<std::string> Table::lines(std::size_t width) const {
  const std::vector<std::size_t> widths = column_widths();
  const std::vector<std::size_t> shown = fitting(widths, width);
  return shown.empty() ? list(width) : grid(widths, shown);
}

std::vector<std::size_t> Table::column_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = cell_width(columns_[i].heading);
    for (const auto& row : rows_) {
      widest = std::max(widest, cell_width(row[i]));
    }
    widths.push_back(widest);
  }
  return widths;
}

std::vector<std::size_t> Table::fitting(const std::vector<std::size_t>& widths,
                                        std::size_t width) const {
  std::vector<std::size_t> shown(columns_.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  const auto total = [&] {
    std::size_t cells = 0;
    for (const std::size_t column : shown) {
      cells += widths[column] + (cells == 0 ? 0 : kGap);
    }
    return cells;
  };
  while (total() > width) {
    const auto next = std::ranges::max_element(
        shown, {}, [this](std::size_t column) { return columns_[column].omitted_first; });
    if (columns_[*next].omitted_first == 0) {
      return {};
    }
    shown.erase(next);
  }
  return shown;
}

std::vector<std::string> Table::grid(const std::vector<std::size_t>& widths,
                                     const std::vector<std::size_t>& shown) const {
  std::vector<std::string> lines(rows_.size() + 1);
  for (const std::size_t column : shown) {
    const auto append = [&](std::string& line, std::string_view cell) {
      line += std::string(column == shown.front() ? 0 : kGap, ' ') +
              aligned(cell, widths[column], columns_[column].numeric);
    };
    append(lines.front(), columns_[column].heading);
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      append(lines[row + 1], rows_[row][column]);
    }
  }
  std::ranges::for_each(lines, trim_end);
  return lines;
}

std::vector<std::string> Table::list(std::size_t width) const {
  std::size_t value_column = 0;
  for (const Column& column : columns_) {
    value_column = std::max(value_column, cell_width(column.heading) + kGap);
  }
  std::string text;
  for (const auto& row : rows_) {
    text += text.empty() ? "" : "\n";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      text += padded(columns_[i].heading, value_column) +
              wrapped(row[i], width, kGap, value_column) + "\n";
    }
  }
  std::vector<std::string> lines;
  for (std::size_t end = 0; !text.empty(); text.erase(0, end + 1)) {
    end = text.find('\n');
    lines.push_back(text.substr(0, end));
    trim_end(lines.back());
  }
  return lines;
}

}  // namespace otatool::cli
