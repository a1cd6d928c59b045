// Prints all output of otatool: results to stdout, everything else to stderr (cli.md). With --json
// stdout holds only JSON. Messages escapes text for terminals (printable.hpp), so commands may
// quote text of files and devices unchanged.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "otatool/error.hpp"
#include "otatool/result.hpp"

#include "cli/io/terminal.hpp"

namespace otatool::cli {

struct MessageOptions {
  bool json = false;
  bool quiet = false;
  int verbosity = 0;  ///< 1: -v, 2: -vv
  ColorMode color = ColorMode::Auto;
};

enum class Style { Plain, Bold, Red, Green, Yellow, Cyan };

/// The form of progress (cli.md, global).
enum class ProgressForm { Silent, Lines, Bar };

class Messages {
 public:
  explicit Messages(MessageOptions options);

  [[nodiscard]] bool json() const;
  [[nodiscard]] int verbosity() const;

  /// A line of the command's result, on stdout; nothing with --json. A newline in it, as of a file
  /// name, is shown escaped.
  void result(std::string_view line);
  /// The same in a style, if stdout shows colour.
  void result(std::string_view line, Style style);
  /// Several lines of the result, without a newline at the end.
  void result_lines(std::string_view lines);
  /// One JSON object as one line on stdout; nothing without --json.
  void json_line(const nlohmann::json& object);
  /// One JSON document on stdout; nothing without --json.
  void json_document(const nlohmann::json& document);
  /// A line about the current step, on stderr; nothing with -q.
  void note(std::string_view line);
  /// The same, but only from this verbosity on.
  void detail(int verbosity, std::string_view line);
  void warning(std::string_view line);
  /// `otatool: error: ...` on stderr, and `otatool: hint: ...` if the code has a hint. With --json
  /// an object on stdout instead, unless writing to stdout fails.
  void error(const Error& error);
  /// The same with another hint; an empty one is left out.
  void error(const Error& error, std::string_view hint);

  /// Cells of a line of results: the terminal's width, or kUnlimitedWidth if stdout is none.
  [[nodiscard]] std::size_t result_width() const;
  [[nodiscard]] ProgressForm progress_form() const;
  /// Columns of the terminal that shows progress.
  [[nodiscard]] std::size_t progress_width() const;
  /// Writes the text of a Progress unchanged to stderr. The next output erases the bar first.
  void progress(std::string_view text);

  /// Writes unchanged bytes, also with --json: for drop-in modes and generated text.
  void raw_output(std::string_view bytes);
  void raw_error_output(std::string_view bytes);

  /// True if the reader of stdout has closed it, so that a command without an end can stop.
  [[nodiscard]] bool output_closed() const;
  /// Fails with OutputFailed if a write to stdout failed, for example on a full disk. A pipe that
  /// its reader closed (`otatool ... | head`) is no failure.
  [[nodiscard]] Result<void> flush();

 private:
  void write_output(std::string_view bytes);
  void write_error_output(std::string_view bytes);
  void labelled(std::string_view label, Style style, std::string_view line);
  void wipe_bar();

  MessageOptions options_;
  bool color_ = false;         ///< on stderr
  bool output_color_ = false;  ///< on stdout
  bool bar_shown_ = false;
  int output_error_ = 0;  ///< errno of the first failed write to stdout
};

}  // namespace otatool::cli
