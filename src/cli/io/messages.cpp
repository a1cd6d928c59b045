#include "cli/io/messages.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/io/error_json.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/pins.hpp"
#include "cli/io/printable.hpp"
#include "cli/io/terminal.hpp"
#include "cli/io/text_layout.hpp"
#include "files/standard_streams.hpp"

namespace otatool::cli {
namespace {

std::string_view code_of(Style style) {
  switch (style) {
    case Style::Plain:
      return "";
    case Style::Bold:
      return "\x1b[1m";
    case Style::Red:
      return "\x1b[1;31m";
    case Style::Green:
      return "\x1b[32m";
    case Style::Yellow:
      return "\x1b[1;33m";
    case Style::Cyan:
      return "\x1b[36m";
  }
  return "";
}

std::string painted(std::string_view text, Style style, bool color) {
  if (!color || style == Style::Plain) {
    return std::string(text);
  }
  return std::string(code_of(style)) + std::string(text) + "\x1b[0m";
}

/// Valid JSON for any bytes of a device: invalid UTF-8 is replaced, and a terminal gets ASCII.
std::string to_text(const nlohmann::json& value, int indent) {
  return without_pins(value.dump(
      indent, ' ', is_terminal(STDOUT_FILENO), nlohmann::json::error_handler_t::replace));
}

}  // namespace

Messages::Messages(MessageOptions options)
    : options_(options),
      color_(wants_color(options.color, is_terminal(STDERR_FILENO))),
      output_color_(wants_color(options.color, is_terminal(STDOUT_FILENO))) {}

bool Messages::json() const {
  return options_.json;
}
int Messages::verbosity() const {
  return options_.verbosity;
}

void Messages::result(std::string_view line) {
  result(line, Style::Plain);
}

void Messages::result(std::string_view line, Style style) {
  if (!options_.json) {
    write_output(painted(printable(line), style, output_color_) + "\n");
  }
}

void Messages::result_lines(std::string_view lines) {
  if (!options_.json) {
    write_output(printable_lines(lines) + "\n");
  }
}

void Messages::json_line(const nlohmann::json& object) {
  if (options_.json) {
    write_output(to_text(object, -1) + "\n");
  }
}

void Messages::json_document(const nlohmann::json& document) {
  if (options_.json) {
    write_output(to_text(document, 2) + "\n");
  }
}

void Messages::note(std::string_view line) {
  if (!options_.quiet) {
    write_error_output(printable(line) + "\n");
  }
}

void Messages::detail(int verbosity, std::string_view line) {
  if (!options_.quiet && options_.verbosity >= verbosity) {
    write_error_output(printable(line) + "\n");
  }
}

void Messages::warning(std::string_view line) {
  labelled("warning:", Style::Yellow, line);
}

void Messages::error(const Error& error) {
  this->error(error, hint_for(error.code()));
}

void Messages::error(const Error& error, std::string_view hint) {
  if (options_.json) {
    json_line({{"error", error_json(error, hint)}});
    if (output_error_ == 0) {
      return;
    }
  }
  labelled("error:", Style::Red, error.message());
  if (!hint.empty()) {
    labelled("hint:", Style::Cyan, hint);
  }
}

std::size_t Messages::result_width() const {
  return is_terminal(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : kUnlimitedWidth;
}

ProgressForm Messages::progress_form() const {
  if (options_.quiet || options_.json) {
    return ProgressForm::Silent;
  }
  return can_redraw(STDERR_FILENO) ? ProgressForm::Bar : ProgressForm::Lines;
}

std::size_t Messages::progress_width() const {
  return terminal_width(STDERR_FILENO);
}

void Messages::progress(std::string_view text) {
  if (text.empty()) {
    return;
  }
  static_cast<void>(files::write_all(STDERR_FILENO, text));
  bar_shown_ = text.back() != '\n';
}

void Messages::raw_output(std::string_view bytes) {
  write_output(bytes);
}
void Messages::raw_error_output(std::string_view bytes) {
  write_error_output(bytes);
}

bool Messages::output_closed() const {
  return output_error_ == EPIPE;
}

Result<void> Messages::flush() {
  if (output_error_ == 0 || output_closed()) {
    return {};
  }
  return fail(Errc::OutputFailed,
              "cannot write to stdout: " + files::system_message(output_error_));
}

void Messages::write_output(std::string_view bytes) {
  wipe_bar();
  if (output_error_ == 0) {
    output_error_ = files::write_all(STDOUT_FILENO, bytes);
  }
}

void Messages::write_error_output(std::string_view bytes) {
  wipe_bar();
  // A failure of stderr cannot be reported anywhere.
  static_cast<void>(files::write_all(STDERR_FILENO, bytes));
}

void Messages::labelled(std::string_view label, Style style, std::string_view line) {
  write_error_output("otatool: " + painted(label, style, color_) + " " + printable(line) + "\n");
}

void Messages::wipe_bar() {
  if (bar_shown_) {
    bar_shown_ = false;
    static_cast<void>(files::write_all(STDERR_FILENO, "\r\x1b[K"));
  }
}

}  // namespace otatool::cli
